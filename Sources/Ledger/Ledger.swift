public import Foundation
import GRDB

/// The coordinator's memory on disk: jobs, tasks, attempts and results.
///
/// What ``apply(_:)`` has returned from survives a power cut: SQLite in WAL mode with
/// `synchronous = FULL`. Calls block until the disk has answered; make them from a thread of
/// your own, never from inside another call. Reads may come from any thread and see only whole
/// batches.
public final class Ledger: Sendable {
    /// Who opens the ledger.
    public enum Access: Sendable {
        /// The one coordinator, which may write; a second one is refused.
        case coordinator
        /// Anybody who only looks, beside a running coordinator or after it.
        case reader
    }

    /// The database's path; `:memory:` in memory.
    public let path: String
    /// Counts the coordinators that have opened this ledger, this one included.
    public let epoch: Int

    let database: any DatabaseWriter
    let access: Access
    private let lock: LedgerLock?

    /// Opens or creates the ledger in `file`, whose folder must exist on a local disk.
    ///
    /// - Parameters:
    ///   - access: `.coordinator` by default.
    ///   - checkingIntegrity: whether SQLite looks through the whole file first (seconds per
    ///     GB); false by default, wanted after an unclean stop.
    /// - Throws: ``LedgerError/inUse(path:)``, ``LedgerError/newerSchema(path:)``,
    ///   ``LedgerError/notALedger(path:)``, ``LedgerError/damaged(path:detail:)``,
    ///   ``LedgerError/settingRefused(path:setting:expected:actual:)`` or a failure to open.
    public convenience init(
        file: URL, access: Access = .coordinator, checkingIntegrity: Bool = false
    ) throws(LedgerError) {
        let path = file.path
        let lock = access == .coordinator ? try LedgerLock(besideDatabase: path) : nil
        let database = try LedgerFailure.translated(at: path) {
            try LedgerConnection.open(path: path, access: access) as any DatabaseWriter
        }
        try self.init(
            database: database, path: path, access: access, lock: lock,
            checkingIntegrity: checkingIntegrity)
    }

    /// A ledger that is forgotten with the process; for tests and simulations.
    public convenience init(inMemory: Void = ()) throws(LedgerError) {
        let database = try LedgerFailure.translated(at: ":memory:") {
            try LedgerConnection.openInMemory() as any DatabaseWriter
        }
        try self.init(
            database: database, path: ":memory:", access: .coordinator, lock: nil,
            checkingIntegrity: false)
    }

    private init(
        database: any DatabaseWriter, path: String, access: Access, lock: LedgerLock?,
        checkingIntegrity: Bool
    ) throws(LedgerError) {
        self.database = database
        self.path = path
        self.access = access
        self.lock = lock
        self.epoch = try LedgerFailure.translated(at: path) {
            try LedgerConnection.prepare(
                database, path: path, access: access, checkingIntegrity: checkingIntegrity)
        }
    }

    /// Records all of `changes`, in order, in one transaction: all or none.
    ///
    /// - Throws: the first refusal; the ledger is then as before the call. After
    ///   ``LedgerError/noSpace(path:detail:)`` or ``LedgerError/failed(path:detail:)`` the
    ///   process should stop rather than go on with a memory that differs from the ledger.
    public func apply(_ changes: [LedgerChange]) throws(LedgerError) {
        guard access == .coordinator else { throw .readOnly(path: path) }
        guard !changes.isEmpty else { return }
        try LedgerFailure.translated(at: path) {
            try database.write { connection in
                var batch = LedgerBatch(connection: connection)
                for change in changes { try batch.apply(change) }
                // Deferred references are checked by COMMIT.
            }
        }
    }

    /// Closes the files; later calls fail. Dropping the last reference does the same.
    public func close() throws(LedgerError) {
        try LedgerFailure.translated(at: path) {
            if access == .coordinator {
                try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA optimize") }
            }
            try database.close()
        }
        lock?.release()
    }

    func read<Value>(
        _ body: (Database) throws -> Value
    ) throws(LedgerError) -> Value {
        try LedgerFailure.translated(at: path) { try database.read(body) }
    }
}
