public import Domain

/// A copy of a blob in a store's own folder, as it was when it was looked at.
public struct StoredCopy: Hashable, Sendable {
    /// Which blob.
    public let digest: Digest
    /// Its length.
    public let byteCount: Int
    /// When it was last used, or else written, in nanoseconds since 1970; exact to a minute.
    public let usedNanoseconds: Int
    private let inode: UInt64

    init(digest: Digest, status: FileStatus) {
        self.digest = digest
        byteCount = status.byteCount
        usedNanoseconds = status.usedNanoseconds
        inode = status.inode
    }

    /// Whether it is still the same copy, and nobody has used it since.
    func describes(_ status: FileStatus) -> Bool {
        inode == status.inode && byteCount == status.byteCount
            && usedNanoseconds == status.usedNanoseconds
    }
}
