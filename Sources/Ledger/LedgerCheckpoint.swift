import GRDB

/// Moves the write-ahead log into the database.
enum LedgerCheckpoint {
    /// Runs a checkpoint; a reader that holds the log for longer than a moment is no error.
    ///
    /// - Returns: whether the whole log was moved.
    @discardableResult
    static func run(_ mode: Ledger.Checkpoint, _ connection: Database) throws -> Bool {
        // Everybody who commits waits meanwhile, so readers are not waited for as usual.
        try connection.execute(sql: "PRAGMA busy_timeout = 100")
        defer { try? connection.execute(sql: "PRAGMA busy_timeout = 5000") }
        do {
            let result = try connection.checkpoint(mode == .passive ? .passive : .truncate)
            return result.walFrameCount == result.checkpointedFrameCount
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            return false
        }
    }
}
