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

    /// What should stay free, lest the database on the same disk fails: a fortieth of the disk,
    /// but no more than 128 MiB. That is half of what a coordinator and a worker want free before
    /// they begin anything new, so that what runs can be taken in.
    public var floorBytes: Int { min(totalBytes / 40, 128 << 20) }
}
