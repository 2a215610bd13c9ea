import Foundation
import GRDB
import Synchronization

extension Ledger {
    /// How far a checkpoint goes.
    public enum Checkpoint: Sendable {
        /// Moves what it can without waiting.
        case passive
        /// Waits a moment for readers and cuts the log to nothing.
        case truncate
    }

    /// Moves the write-ahead log into the database; does nothing in memory.
    ///
    /// - Returns: whether the whole log was moved; readers may hold some of it.
    @discardableResult
    public func checkpoint(_ mode: Checkpoint = .passive) throws(LedgerError) -> Bool {
        guard access == .coordinator, isOnFile else { return true }
        return try write { database in
            try database.writeWithoutTransaction { try LedgerCheckpoint.run(mode, $0) }
        }
    }

    /// Keeps the files small and the settings as they must be; call it between batches, every
    /// second or so.
    ///
    /// Moves the log when it is longer than ``LedgerUpkeep/logBytesDue`` and cuts it above
    /// ``LedgerUpkeep/logBytesCut``.
    ///
    /// - Parameter isIdle: whether nobody waits: then the log is cut whatever its length, and
    ///   some empty pages are given back; false by default.
    /// - Throws: ``LedgerError/noSpace(path:detail:)`` does no harm here, since the log keeps
    ///   everything; ``LedgerError/settingRefused(path:setting:expected:actual:)`` when something
    ///   took a setting back.
    @discardableResult
    public func upkeep(isIdle: Bool = false) throws(LedgerError) -> LedgerUpkeep {
        guard access == .coordinator else { throw .readOnly(path: path) }
        guard isOnFile else { return LedgerUpkeep(logBytes: 0, isLogPinned: false) }
        var isWhole = true
        let log = logBytes
        try write { database in
            try database.writeWithoutTransaction { connection in
                try LedgerConnection.checkSettings(connection, path: path)
                if isIdle { try Self.shrink(connection) }
                if log > LedgerUpkeep.logBytesDue || isIdle {
                    isWhole = try LedgerCheckpoint.run(.passive, connection)
                }
                if isWhole, log > LedgerUpkeep.logBytesCut || (isIdle && log > 0) {
                    isWhole = try LedgerCheckpoint.run(.truncate, connection)
                }
            }
        }
        let left = logBytes
        return LedgerUpkeep(
            logBytes: left, isLogPinned: !isWhole && left > LedgerUpkeep.logBytesAlarm)
    }

    /// Deletes jobs that were over before a moment, with their tasks and attempts. Results stay,
    /// since other jobs may use them.
    ///
    /// - Parameter tasks: at most this many tasks go at once, 1,000 by default, so that commits
    ///   need not wait long.
    /// - Returns: how many tasks and jobs were deleted; call again until it is 0.
    @discardableResult
    public func prune(
        jobsEndedBeforeUnixMs moment: Int64, tasks: Int = 1_000
    ) throws(LedgerError) -> Int {
        precondition(tasks > 0, "nothing would ever go")
        guard access == .coordinator else { throw .readOnly(path: path) }
        // Deleted rows' numbers may be given to others.
        numbers.withLock { $0 = LedgerNumbers() }
        return try write { database in
            try database.write { try LedgerPruning.run($0, before: moment, tasks: tasks) }
        }
    }

    /// Looks through the whole database for damage (seconds per GB).
    public func checkIntegrity() throws(LedgerError) {
        try LedgerFailure.translated(at: path) {
            try database.read { try LedgerStart.checkIntegrity($0, path: path) }
        }
    }

    /// How large the ledger is.
    public func statistics() throws(LedgerError) -> LedgerStatistics {
        let log = logBytes
        return try read { try StatisticsRow.fetch($0, logBytes: log) }
    }

    var isOnFile: Bool { path != ":memory:" }

    private var logBytes: Int { isOnFile ? LedgerFile.byteCount(of: path + "-wal") : 0 }

    private static func shrink(_ connection: Database) throws {
        let empty = try Int.fetchOne(connection, sql: "PRAGMA freelist_count") ?? 0
        guard empty > LedgerUpkeep.pagesPerVacuum else { return }
        // The statement works while it is stepped, so it must be read to its end.
        _ = try Row.fetchAll(
            connection, sql: "PRAGMA incremental_vacuum(\(LedgerUpkeep.pagesPerVacuum))")
    }
}
