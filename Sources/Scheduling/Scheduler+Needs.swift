public import Domain

extension Scheduler {
    /// Blobs of the coordinator's store that a task of an open job still names.
    ///
    /// It looks at every blob; ask once a minute, not for each event.
    public var neededDigests: Set<Digest> {
        var needed: Set<Digest> = []
        for (digest, number) in blobIndices
        where blobs[number].isDurable && blobs[number].references > 0 {
            needed.insert(digest)
        }
        return needed
    }
}
