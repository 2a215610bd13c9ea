import Foundation
import GRDB

/// What is done with a database between opening it and using it. A start after a crash is the
/// same as any other.
struct LedgerStart {
    let database: any DatabaseWriter
    let path: String
    /// The epoch that the last coordinator left beside the database.
    let lastEpoch: Int?

    /// Checks that the file is a ledger of this or an older version.
    func check(integrity: Bool) throws {
        try database.read { connection in
            try Self.checkKind(connection, path: path)
            if integrity { try Self.checkIntegrity(connection, path: path) }
        }
    }

    /// Migrates the database and takes office.
    func begin() throws -> LedgerTerm {
        try moveLog()
        try LedgerSchema.migrator.migrate(database)
        try database.writeWithoutTransaction {
            try LedgerConnection.checkSettings($0, path: path)
        }
        // The names of the database and its log must outlast a power cut like their bytes.
        if path != ":memory:" { try LedgerFile.syncFolder(of: path) }
        return try database.write { try takeOffice($0) }
    }

    /// What the last coordinator left.
    func look() throws -> LedgerTerm {
        try database.read { connection in
            let row = try Row.fetchOne(connection, sql: "SELECT * FROM meta")
            // A ledger of the first version has the first of these only.
            func number(_ column: String) throws -> Int {
                guard let row, row.hasColumn(column) else { return 0 }
                return try row.value(column)
            }
            return LedgerTerm(
                epoch: try number("epoch"), generation: try number("generation"),
                attemptFloor: try number("attempt_floor"), isRestored: false)
        }
    }

    /// Moves what an earlier coordinator left in the log into the database.
    ///
    /// If that one stopped because a sync failed, the log may read well from memory while the
    /// disk lacks parts of it; commits must not be appended to such a log.
    private func moveLog() throws {
        guard path != ":memory:" else { return }
        try database.writeWithoutTransaction { connection in
            // A reader may hold the log for longer; then it is moved later.
            _ = try LedgerCheckpoint.run(.truncate, connection)
        }
    }

    private func takeOffice(_ connection: Database) throws -> LedgerTerm {
        let meta = try Row.fetchOne(connection, sql: "SELECT * FROM meta")
        guard let meta else {
            throw LedgerError.unreadableRow(table: "meta", detail: "it is empty")
        }
        let epoch: Int = try meta.value("epoch")
        var generation: Int = try meta.value("generation")
        var floor: Int = try meta.value("attempt_floor")
        let isBackup: Bool = try meta.value("is_backup")
        // An epoch of 0 is a new database: nothing was granted from it.
        let isRestored = isBackup || (epoch > 0 && lastEpoch ?? 0 > epoch)
        if isRestored {
            let highest = try Int.fetchOne(connection, sql: "SELECT max(attempts) FROM task") ?? 0
            generation += 1
            floor = Self.attemptFloor(above: max(floor, highest), at: Date())
        }
        try connection.execute(
            sql: """
                UPDATE meta SET epoch = ?, generation = ?, attempt_floor = ?, is_backup = 0
                """, arguments: [epoch + 1, generation, floor])
        return LedgerTerm(
            epoch: epoch + 1, generation: generation, attemptFloor: floor,
            isRestored: isRestored)
    }

    /// A number that no attempt granted before `now` had, although the ledger forgot them: the
    /// milliseconds since 2025, because no task is granted a thousand times a second for long.
    /// A counter would not do: the same copy may be put back twice.
    static func attemptFloor(above known: Int, at now: Date) -> Int {
        let milliseconds = (now.timeIntervalSince1970 - 1_735_689_600) * 1_000
        // Half of what a lease's number may be on the wire, whatever the clock says.
        return max(known, Int(min(max(milliseconds, 0), Double(1 << 39))))
    }
}

extension LedgerStart {
    static func checkIntegrity(_ connection: Database, path: String) throws {
        let answer = try String.fetchOne(connection, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard answer == "ok" else { throw LedgerError.damaged(path: path, detail: answer) }
    }

    static func checkKind(_ connection: Database, path: String) throws {
        let kind = try Int.fetchOne(connection, sql: "PRAGMA application_id") ?? 0
        // A power cut during the very first start leaves GRDB's own table and nothing else.
        let tables =
            try Int.fetchOne(
                connection,
                sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'") ?? 0
        guard kind == LedgerConnection.applicationID || (kind == 0 && tables == 0) else {
            throw LedgerError.notALedger(path: path)
        }
        guard try !LedgerSchema.migrator.hasBeenSuperseded(connection) else {
            throw LedgerError.newerSchema(path: path)
        }
    }
}
