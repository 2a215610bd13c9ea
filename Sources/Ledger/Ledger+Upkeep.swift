public import Foundation
import GRDB

extension Ledger {
    /// How far a checkpoint goes.
    public enum Checkpoint: Sendable {
        /// Moves what it can without waiting; from a timer when the log is above 8 MiB.
        case passive
        /// Waits for readers and cuts the log to nothing; when idle or above 64 MiB.
        case truncate
    }

    /// Moves the write-ahead log into the database; does nothing in memory.
    public func checkpoint(_ mode: Checkpoint = .passive) throws(LedgerError) {
        guard access == .coordinator, isOnFile else { return }
        try LedgerFailure.translated(at: path) {
            try database.writeWithoutTransaction { connection in
                _ = try connection.checkpoint(mode == .passive ? .passive : .truncate)
            }
        }
    }

    /// Writes a whole copy to `file`, which appears at once and durably.
    ///
    /// Other writes wait meanwhile. A backup that is put back into use repeats attempt numbers
    /// granted after it was made, so workers of that time must be stopped first.
    ///
    /// - Throws: ``LedgerError/backupExists(path:)`` when `file` is already there.
    public func backup(to file: URL) throws(LedgerError) {
        guard !FileManager.default.fileExists(atPath: file.path) else {
            throw .backupExists(path: file.path)
        }
        let temporary = file.path + ".tmp"
        try LedgerFailure.translated(at: path) {
            if FileManager.default.fileExists(atPath: temporary) {
                try FileManager.default.removeItem(atPath: temporary)
            }
            try database.writeWithoutTransaction { connection in
                try connection.execute(sql: "VACUUM INTO ?", arguments: [temporary])
            }
            try LedgerFile.makeDurable(temporary, as: file.path)
        }
    }

    /// Looks through the whole database for damage (seconds per GB).
    public func checkIntegrity() throws(LedgerError) {
        try LedgerFailure.translated(at: path) {
            try database.read { try LedgerConnection.checkIntegrity($0, path: path) }
        }
    }

    /// How large the ledger is.
    public func statistics() throws(LedgerError) -> LedgerStatistics {
        let logBytes = isOnFile ? LedgerFile.byteCount(of: path + "-wal") : 0
        return try read { try StatisticsRow.fetch($0, logBytes: logBytes) }
    }

    var isOnFile: Bool { path != ":memory:" }
}
