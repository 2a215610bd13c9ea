import Domain
import Foundation
import GRDB

/// Opens databases with the settings that the ledger's promises depend on.
enum LedgerConnection {
    /// `SpkL` in ASCII: tells a ledger from other databases.
    static let applicationID = 0x5370_6B4C

    static func open(path: String, access: Ledger.Access) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 3
        configuration.readonly = access == .reader
        configuration.prepareDatabase { try prepare($0) }
        let pool = try DatabasePool(path: path, configuration: configuration)
        if access == .coordinator {
            // GRDB sets NORMAL when it turns WAL mode on, whatever was set while preparing.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        }
        return pool
    }

    static func openInMemory() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.prepareDatabase { try prepare($0) }
        return try DatabaseQueue(configuration: configuration)
    }

    private static func prepare(_ connection: Database) throws {
        if connection.configuration.readonly {
            try connection.execute(sql: "PRAGMA query_only = ON; PRAGMA mmap_size = 268435456")
        } else {
            // Takes effect in a new file only, where it must come before the first table.
            try connection.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            // An I/O error of a mapped file would be a signal instead of an error.
            try connection.execute(sql: "PRAGMA mmap_size = 0")
        }
        try connection.execute(
            sql: """
                PRAGMA foreign_keys = ON;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA cache_size = -65536;
                PRAGMA temp_store = MEMORY;
                PRAGMA trusted_schema = OFF;
                PRAGMA cell_size_check = ON;
                """)
    }

    /// Checks and migrates an open database.
    ///
    /// - Returns: the number of this coordinator, or of the last one for a reader.
    static func prepare(
        _ database: any DatabaseWriter, path: String, access: Ledger.Access,
        checkingIntegrity: Bool
    ) throws -> Int {
        try database.read { connection in
            try checkKind(connection, path: path)
            if checkingIntegrity { try checkIntegrity(connection, path: path) }
        }
        guard access == .coordinator else {
            return try database.read { try Int.fetchOne($0, sql: "SELECT epoch FROM meta") ?? 0 }
        }
        try LedgerSchema.migrator.migrate(database)
        try database.writeWithoutTransaction { try checkSettings($0, path: path) }
        return try database.write { connection in
            try Int.fetchOne(connection, sql: "UPDATE meta SET epoch = epoch + 1 RETURNING epoch")
                ?? 1
        }
    }

    static func checkIntegrity(_ connection: Database, path: String) throws {
        let answer = try String.fetchOne(connection, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard answer == "ok" else { throw LedgerError.damaged(path: path, detail: answer) }
    }

    private static func checkKind(_ connection: Database, path: String) throws {
        let kind = try Int.fetchOne(connection, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(connection, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard kind == applicationID || (kind == 0 && tables == 0) else {
            throw LedgerError.notALedger(path: path)
        }
        guard try !LedgerSchema.migrator.hasBeenSuperseded(connection) else {
            throw LedgerError.newerSchema(path: path)
        }
    }

    private static func checkSettings(_ connection: Database, path: String) throws {
        var expected = [("synchronous", "2"), ("foreign_keys", "1")]
        if path != ":memory:" {
            expected += [("journal_mode", "wal"), ("wal_autocheckpoint", "0")]
        }
        for (setting, value) in expected {
            let actual = try String.fetchOne(connection, sql: "PRAGMA \(setting)") ?? "nothing"
            guard actual == value else {
                throw LedgerError.settingRefused(
                    path: path, setting: setting, expected: value, actual: actual)
            }
        }
    }
}
