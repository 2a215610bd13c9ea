public import Foundation
import GRDB

extension Ledger {
    /// Writes a whole copy to `file`, which appears at once and durably; others may read and
    /// write meanwhile, only the log cannot be cut until it is done.
    ///
    /// The copy is marked: the coordinator that opens it after it was put back into use numbers
    /// attempts from above all that may have been granted since, see
    /// ``LedgerTerm/attemptFloor``.
    ///
    /// - Returns: the copy's length in bytes.
    /// - Throws: ``LedgerError/backupExists(path:)`` when `file` is already there, or
    ///   ``LedgerError/noSpace(path:detail:)``.
    @discardableResult
    public func backup(to file: URL) throws(LedgerError) -> Int {
        guard !LedgerFile.exists(file.path) else { throw .backupExists(path: file.path) }
        guard isOnFile else {
            return try LedgerFailure.translated(at: file.path) {
                try LedgerCopy.write(from: database, to: file.path)
            }
        }
        return try LedgerFailure.translated(at: file.path) {
            let beside = try LedgerConnection.openBeside(path: path)
            return try LedgerCopy.write(from: beside, to: file.path)
        }
    }

    /// Puts a backup, or any whole copy of a ledger, in the place of a lost ledger, after
    /// looking through all of it. The coordinator must not run.
    ///
    /// - Parameters:
    ///   - backup: the copy; it is only read.
    ///   - file: where the ledger was; nothing may be there any more.
    /// - Throws: ``LedgerError/ledgerExists(path:)``, ``LedgerError/inUse(path:)``,
    ///   ``LedgerError/damaged(path:detail:)``, ``LedgerError/notALedger(path:)``,
    ///   ``LedgerError/newerSchema(path:)`` or ``LedgerError/noSpace(path:detail:)``.
    public static func restore(from backup: URL, to file: URL) throws(LedgerError) {
        guard LedgerFile.exists(backup.path) else {
            throw .failed(path: backup.path, detail: "there is no such file")
        }
        let lock = try LedgerLock(besideDatabase: file.path)
        defer { lock.release() }
        // A log left behind would be taken for the restored database's own.
        for name in [file.path, file.path + "-wal", file.path + "-journal"]
        where LedgerFile.exists(name) {
            throw .ledgerExists(path: name)
        }
        try LedgerFailure.translated(at: backup.path) {
            let source = try LedgerConnection.openBeside(path: backup.path)
            try source.read { connection in
                try LedgerStart.checkKind(connection, path: backup.path)
                try LedgerStart.checkIntegrity(connection, path: backup.path)
            }
            try LedgerFile.removeIfThere(file.path + "-shm")
            try LedgerCopy.write(from: source, to: file.path)
        }
    }
}
