/// How large the ledger is.
public struct LedgerStatistics: Hashable, Sendable {
    /// Bytes of the database file, or of its pages in memory.
    public let databaseBytes: Int
    /// Bytes of the write-ahead log; 0 in memory. Above 8 MiB a checkpoint is due.
    public let logBytes: Int
    /// Pages of the database that hold nothing.
    public let freePages: Int
    /// Jobs, tasks, attempts and valid results.
    public let jobs: Int
    /// Tasks of all jobs.
    public let tasks: Int
    /// Attempts of all tasks.
    public let attempts: Int
    /// Results that may be used.
    public let results: Int
}
