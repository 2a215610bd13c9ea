import Domain
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct `A ledger on file` {
    @Test func `is there again after reopening`() throws {
        try LedgerFixture.withFile { file in
            do {
                let ledger = try Ledger(file: file)
                try ledger.apply(Sample.beginning)
                try ledger.close()
            }
            let again = try Ledger(file: file, checkingIntegrity: true)
            #expect(again.epoch == 2)
            #expect(try again.jobs().count == 1)
        }
    }

    @Test func `keeps an applied batch when the files are copied without closing`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            try ledger.checkpoint()
            try ledger.apply([.attemptGranted(Sample.lease("a", 1), unixMs: 1)])
            // The database and its log as a kill at this moment would leave them.
            let copy = file.deletingLastPathComponent().appendingPathComponent("copy.db")
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: file.path + suffix, toPath: copy.path + suffix)
            }
            let again = try Ledger(file: copy, checkingIntegrity: true)
            #expect(try again.openAttempts(Sample.job) == [Sample.lease("a", 1)])
            #expect(try again.highestAttempts(Sample.job) == [TaskName("a"): 1])
        }
    }

    @Test func `has the settings that durability needs`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            let expected = [
                "synchronous": "2", "journal_mode": "wal", "foreign_keys": "1",
                "wal_autocheckpoint": "0", "busy_timeout": "5000",
                "journal_size_limit": "67108864", "auto_vacuum": "2", "trusted_schema": "0",
                "cell_size_check": "1", "mmap_size": "0",
            ]
            let actual = try ledger.database.writeWithoutTransaction { connection in
                try expected.keys.reduce(into: [:]) { values, name in
                    values[name] = try String.fetchOne(connection, sql: "PRAGMA \(name)")
                }
            }
            #expect(actual == expected)
        }
    }

    @Test func `refuses a second coordinator but not a reader`() throws {
        try LedgerFixture.withFile { file in
            let first = try Ledger(file: file)
            #expect(throws: LedgerError.inUse(path: file.path)) { _ = try Ledger(file: file) }
            try first.apply(Sample.beginning)
            let reader = try Ledger(file: file, access: .reader)
            #expect(try reader.jobs().count == 1)
            #expect(throws: LedgerError.readOnly(path: file.path)) {
                try reader.apply(Sample.beginning)
            }
            try first.close()
            #expect(try Ledger(file: file).epoch == 2)
        }
    }

    @Test func `refuses a file of a newer version or of another program`() throws {
        try LedgerFixture.withFile { file in
            do {
                let ledger = try Ledger(file: file)
                try ledger.database.write {
                    try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 from the future')")
                }
                try ledger.close()
            }
            #expect(throws: LedgerError.newerSchema(path: file.path)) {
                _ = try Ledger(file: file)
            }
        }
        try LedgerFixture.withFile { file in
            let other = try DatabaseQueue(path: file.path)
            try other.write { try $0.execute(sql: "CREATE TABLE recipe (id INTEGER)") }
            try other.close()
            #expect(throws: LedgerError.notALedger(path: file.path)) {
                _ = try Ledger(file: file)
            }
            try Data("this is no database, but long enough to look at".utf8).write(to: file)
            #expect(throws: LedgerError.notALedger(path: file.path)) {
                _ = try Ledger(file: file)
            }
        }
    }

    @Test func `begins anew in a file that a cut of the very first start left`() throws {
        try LedgerFixture.withFile { file in
            let other = try DatabaseQueue(path: file.path)
            try other.write {
                try $0.execute(
                    sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            }
            try other.close()
            let ledger = try Ledger(file: file)
            #expect(ledger.epoch == 1)
            try ledger.apply(Sample.beginning)
        }
    }

    @Test func `writes a backup that opens`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            let backup = file.deletingLastPathComponent().appendingPathComponent("backup.db")
            try ledger.backup(to: backup)
            #expect(throws: LedgerError.backupExists(path: backup.path)) {
                try ledger.backup(to: backup)
            }
            #expect(try Ledger(file: backup).jobs().map(\.phase) == [.running])
            for suffix in [".tmp", ".tmp-journal"] {
                #expect(!FileManager.default.fileExists(atPath: backup.path + suffix))
            }
        }
    }

    @Test func `empties its log at a truncating checkpoint`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            #expect(try ledger.statistics().logBytes > 0)
            try ledger.checkpoint(.truncate)
            #expect(try ledger.statistics().logBytes == 0)
            try ledger.checkIntegrity()
        }
    }

    @Test func `says that the disk is full and stays as it was`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            try ledger.database.writeWithoutTransaction { connection in
                let pages = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
                try connection.execute(sql: "PRAGMA max_page_count = \(pages + 1)")
            }
            let tasks = (0..<10_000).map {
                TaskSummary(name: TaskName("t\($0)"), kind: "k", stage: "s")
            }
            #expect {
                try ledger.apply([.tasksAdded(Sample.job, tasks)])
            } throws: { error in
                if case LedgerError.noSpace = error { true } else { false }
            }
            #expect(try ledger.tasks(Sample.job).count == 3)
        }
    }

    @Test func `has the schema of its snapshot`() throws {
        let ledger = try Ledger(inMemory: ())
        let schema = try ledger.database.read(LedgerFixture.schema)
        let snapshot = LedgerFixture.snapshotFile("schema.sql")
        if ProcessInfo.processInfo.environment["SPOKESHAVE_BLESS"] == "1" {
            try schema.write(to: snapshot, atomically: true, encoding: .utf8)
        }
        // Released schemas never change; a new migration gives a new snapshot.
        #expect(try String(contentsOf: snapshot, encoding: .utf8) == schema)
    }
}

extension `A ledger on file` {
    @Test func `says so when a value is of another type than its column`() throws {
        try LedgerFixture.withFile { file in
            do {
                let ledger = try Ledger(file: file)
                try ledger.apply(Sample.beginning)
                try ledger.close()
            }
            let other = try DatabaseQueue(path: file.path)
            try other.writeWithoutTransaction { connection in
                // What no statement can do to a strict table, bytes that went wrong can.
                try connection.execute(
                    sql: """
                        PRAGMA writable_schema = ON;
                        UPDATE sqlite_schema SET sql = replace(
                            replace(sql, 'STRICT', ''), 'submitted_at INTEGER NOT NULL',
                            'submitted_at') WHERE name = 'job';
                        PRAGMA writable_schema = RESET;
                        """)
                try connection.execute(sql: "UPDATE job SET submitted_at = NULL")
            }
            try other.close()
            let ledger = try Ledger(file: file, access: .reader)
            #expect {
                try ledger.jobs()
            } throws: { error in
                if case LedgerError.damaged = error { true } else { false }
            }
        }
    }
}
