public import Foundation
import GRDB
import Synchronization

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
    /// How this opening of the ledger relates to those before it. For a reader: that of the
    /// last coordinator.
    public let term: LedgerTerm

    let database: any DatabaseWriter
    let access: Access
    private let lock: LedgerLock?
    /// Row numbers of what is committed.
    let numbers = Mutex(LedgerNumbers())
    /// The error after which nothing is written any more.
    private let end = Mutex<LedgerError?>(nil)

    /// Counts the coordinators that have opened this ledger, this one included.
    public var epoch: Int { term.epoch }
    /// Attempts are numbered from above this, see ``LedgerTerm/attemptFloor``.
    public var attemptFloor: Int { term.attemptFloor }

    /// Opens or creates the ledger in `file`, on a local disk; a coordinator makes its folder.
    ///
    /// - Parameters:
    ///   - access: `.coordinator` by default.
    ///   - checkingIntegrity: whether SQLite looks through the whole file first (seconds per
    ///     GB); false by default, wanted after an unclean stop.
    ///   - allowingNetworkFileSystems: false by default, because such file systems lose commits.
    /// - Throws: ``LedgerError/inUse(path:)``, ``LedgerError/newerSchema(path:)``,
    ///   ``LedgerError/notALedger(path:)``, ``LedgerError/damaged(path:detail:)``,
    ///   ``LedgerError/networkFileSystem(path:type:)``, ``LedgerError/noSpace(path:detail:)``,
    ///   ``LedgerError/settingRefused(path:setting:expected:actual:)`` or a failure to open.
    public convenience init(
        file: URL, access: Access = .coordinator, checkingIntegrity: Bool = false,
        allowingNetworkFileSystems: Bool = false
    ) throws(LedgerError) {
        let path = file.path
        var lock: LedgerLock?
        if access == .coordinator {
            let folder = file.deletingLastPathComponent().path
            try LedgerFailure.translated(at: path) { try LedgerFile.makeFolder(folder) }
            if !allowingNetworkFileSystems { try LedgerPlace.refuseNetwork(path) }
            lock = try LedgerLock(besideDatabase: path)
        }
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
        let start = LedgerStart(database: database, path: path, lastEpoch: lock?.lastEpoch)
        self.term = try LedgerFailure.translated(at: path) {
            try start.check(integrity: checkingIntegrity)
            return try access == .coordinator ? start.begin() : start.look()
        }
        try lock?.record(epoch: term.epoch)
    }

    /// Records all of `changes`, in order, in one transaction: all or none.
    ///
    /// - Throws: the first refusal; the ledger is then as before the call. After
    ///   ``LedgerError/noSpace(path:detail:)`` the same batch may be applied again when there is
    ///   room. After an error that ``LedgerError/isFinal`` nothing is written any more: a disk
    ///   that failed to sync is not asked a second time, because it would not say the truth.
    public func apply(_ changes: [LedgerChange]) throws(LedgerError) {
        guard access == .coordinator else { throw .readOnly(path: path) }
        guard !changes.isEmpty else { return }
        // Taken out, so that nothing of a batch that fails is remembered; and handed on, because a
        // second reference would make the batch copy all of it.
        var known = numbers.withLock { Self.take(&$0) }
        let learnt = try write { database in
            try database.write { connection in
                var batch = LedgerBatch(connection: connection, numbers: Self.take(&known))
                for change in changes { try batch.apply(change) }
                // Deferred references are checked by COMMIT.
                return batch.numbers
            }
        }
        numbers.withLock { $0 = learnt.bounded() }
    }

    private static func take(_ numbers: inout LedgerNumbers) -> LedgerNumbers {
        var taken = LedgerNumbers()
        swap(&taken, &numbers)
        return taken
    }

    /// Closes the files; later calls fail. Dropping the last reference does the same, but leaves
    /// a log that the next start takes up.
    public func close() throws(LedgerError) {
        if access == .coordinator, end.withLock({ $0 }) == nil {
            // Neither is needed, so a full disk may go without.
            try? database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA optimize") }
            _ = try? checkpoint(.truncate)
        }
        try LedgerFailure.translated(at: path) { try database.close() }
        lock?.release()
    }

    func read<Value>(
        _ body: (Database) throws -> Value
    ) throws(LedgerError) -> Value {
        try LedgerFailure.translated(at: path) { try database.read(body) }
    }

    /// Runs what writes, unless the disk has failed before.
    func write<Value>(
        _ body: (any DatabaseWriter) throws -> Value
    ) throws(LedgerError) -> Value {
        if let error = end.withLock({ $0 }) { throw error }
        do {
            return try LedgerFailure.translated(at: path) { try body(database) }
        } catch {
            if error.isFinal { end.withLock { $0 = error } }
            throw error
        }
    }
}
