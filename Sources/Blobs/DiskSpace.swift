/// The room on a disk.
public struct DiskSpace: Hashable, Sendable {
    /// Bytes that may still be written.
    public let freeBytes: Int
    /// Bytes that the disk has, used or not.
    public let totalBytes: Int

    /// Room from its parts.
    public init(freeBytes: Int, totalBytes: Int) {
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
    }

    /// What should stay free, lest the database on the same disk fails: 5 % of the disk, but no
    /// more than 16 GiB.
    public var floorBytes: Int { min(totalBytes / 20, 16 << 30) }
}
