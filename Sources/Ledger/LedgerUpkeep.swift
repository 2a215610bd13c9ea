/// What upkeep left behind.
public struct LedgerUpkeep: Hashable, Sendable {
    /// Bytes of the write-ahead log.
    public let logBytes: Int
    /// Whether somebody who reads keeps a long log from being cut; see
    /// ``LedgerUpkeep/logBytesAlarm``.
    public let isLogPinned: Bool

    /// The log is moved into the database above this many bytes: 8 MiB.
    public static let logBytesDue = 8 << 20
    /// The log is also cut to nothing above this many bytes: 64 MiB.
    public static let logBytesCut = 64 << 20
    /// A log above this many bytes is worth an alarm: 256 MiB.
    public static let logBytesAlarm = 256 << 20
    /// Empty pages given back to the disk at once.
    static let pagesPerVacuum = 200
}
