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

    /// A connection of its own, which neither waits for the writer nor makes it wait.
    static func openBeside(path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "ledger beside"
        configuration.busyMode = .timeout(5)
        configuration.readonly = true
        configuration.prepareDatabase { connection in
            try connection.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
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

    /// Asks the writer whether it really has what durability depends on.
    static func checkSettings(_ connection: Database, path: String) throws {
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
