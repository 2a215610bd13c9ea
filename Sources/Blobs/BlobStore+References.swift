public import Domain
public import Foundation

extension BlobStore {
    /// Hashes a range of a file without copying it.
    ///
    /// - Throws: ``BlobError/outOfRange(path:offset:byteCount:fileBytes:)``, or
    ///   ``BlobError/referenceChanged(path:)`` when the file changed meanwhile.
    public static func hashRange(
        file: URL, offset: Int, byteCount: Int
    ) throws(BlobError) -> BlobManifest {
        guard offset >= 0, byteCount >= 0, byteCount <= Int.max - offset else {
            throw .tooLong(byteCount: byteCount)
        }
        return try hashRanges(file: file, [offset..<offset + byteCount])[0]
    }

    /// Hashes several ranges of a file, which is faster together than one by one.
    ///
    /// - Returns: their manifests, in order.
    /// - Throws: as ``hashRange(file:offset:byteCount:)``.
    public static func hashRanges(
        file: URL, _ ranges: [Range<Int>]
    ) throws(BlobError) -> [BlobManifest] {
        for range in ranges where range.count > Limits.blobBytesMax {
            throw .tooLong(byteCount: range.count)
        }
        let path = file.standardizedFileURL.path
        let before = try FileStatus.required(of: path)
        for range in ranges where range.upperBound > before.byteCount || range.lowerBound < 0 {
            throw .outOfRange(
                path: path, offset: range.lowerBound, byteCount: range.count,
                fileBytes: before.byteCount)
        }
        let bytes = try BlobFile(reading: path)
        var digests = try BlobFile.digests(of: ranges.flatMap { bytes.chunks(of: $0) })[...]
        guard try FileStatus.required(of: path).isSameContent(as: before) else {
            throw .referenceChanged(path: path)
        }
        return ranges.map { range in
            let chunks = digests.prefix(BlobManifest.chunkCount(ofBytes: range.count))
            digests = digests.dropFirst(chunks.count)
            guard let manifest = BlobManifest(byteCount: range.count, chunks: Array(chunks)) else {
                preconditionFailure("each chunk has a digest")
            }
            return manifest
        }
    }

    /// The same as the static function of this name.
    public func hashRange(
        file: URL, offset: Int, byteCount: Int
    ) throws(BlobError) -> BlobManifest {
        try Self.hashRange(file: file, offset: offset, byteCount: byteCount)
    }

    /// Makes a range of a file a blob of this store, without copying it.
    ///
    /// The file's length and modification time of now are kept; once they differ, opening
    /// throws ``BlobError/referenceChanged(path:)``.
    ///
    /// - Parameters:
    ///   - manifest: what ``hashRange(file:offset:byteCount:)`` gave for the range.
    ///   - synced: whether the reference survives a power cut. By default it may be lost then, and
    ///     is made anew when the job is submitted again; see ``syncReferences()`` for many.
    @discardableResult
    public func addReference(
        file: URL, offset: Int, byteCount: Int, manifest: BlobManifest, synced: Bool = false
    ) throws(BlobError) -> BlobReference {
        let path = file.standardizedFileURL.path
        let status = try FileStatus.required(of: path)
        guard manifest.byteCount == byteCount else {
            throw .lengthMismatch(path: path, expected: manifest.byteCount, actual: byteCount)
        }
        let end = offset.addingReportingOverflow(byteCount)
        guard offset >= 0, !end.overflow, end.partialValue <= status.byteCount else {
            throw .outOfRange(
                path: path, offset: offset, byteCount: byteCount, fileBytes: status.byteCount)
        }
        let record = ReferenceRecord(
            path: path, offset: offset, byteCount: byteCount,
            modifiedNanoseconds: status.modifiedNanoseconds, fileBytes: status.byteCount)
        let digest = manifest.digest
        try layout.write(record, manifest: manifest, of: digest, synced: synced)
        if synced {
            let folder = layout.referenceFolder(digest)
            try SystemCall.syncFolder(folder)
            try syncName(of: folder, in: layout.referencesFolder)
        }
        return BlobReference(digest: digest, byteCount: byteCount)
    }

    /// Hashes a range of a file and makes it a blob of this store by reference.
    public func addReference(
        hashing file: URL, offset: Int, byteCount: Int
    ) throws(BlobError) -> BlobReference {
        let manifest = try hashRange(file: file, offset: offset, byteCount: byteCount)
        return try addReference(
            file: file, offset: offset, byteCount: byteCount, manifest: manifest)
    }

    /// Makes all references added so far durable, in one go: cheaper than one by one.
    public func syncReferences() throws(BlobError) {
        var folders: Set<String> = []
        for path in try layout.files(below: layout.referencesFolder) {
            // Those that were synced before cost nothing.
            try BlobFile(reading: path).sync()
            guard let end = path.lastIndex(of: "/") else { continue }
            folders.insert(String(path[..<end]))
        }
        for folder in folders.sorted() {
            try SystemCall.syncFolder(folder)
            try syncName(of: folder, in: layout.referencesFolder)
        }
    }

    /// Deletes the records of references that nobody needs any more; the files they point to
    /// stay as they are.
    ///
    /// - Parameters:
    ///   - keeping: references that must stay.
    ///   - addedBefore: younger records stay too.
    /// - Returns: what is no longer here, ordered by name.
    @discardableResult
    public func pruneReferences(
        keeping: Set<Digest>, addedBefore: Date
    ) throws(BlobError) -> [Digest] {
        let limit = FileStatus.nanoseconds(of: addedBefore)
        var gone: [Digest] = []
        for path in try layout.files(below: layout.referencesFolder) {
            guard let digest = BlobLayout.digest(ofFile: path), !keeping.contains(digest),
                let status = try FileStatus(of: path), status.modifiedNanoseconds < limit
            else { continue }
            try SystemCall.removeFile(path)
            try SystemCall.removeFile(layout.referenceManifest(digest))
            gone.append(digest)
        }
        return gone
    }
}
