import Domain
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct `A copy of a ledger that is put back` {
    @Test func `never lets an attempt number repeat, also when it is put back twice`() throws {
        try LedgerFixture.withFile { file in
            let folder = file.deletingLastPathComponent()
            let backup = folder.appendingPathComponent("backup.db")
            var granted: Set<Int> = []
            do {
                let ledger = try Ledger(file: file)
                try ledger.apply(Sample.beginning)
                try grant(ledger, &granted)
                #expect(ledger.attemptFloor == 0)
                try ledger.backup(to: backup)
                // What the backup does not know of.
                try grant(ledger, &granted)
                try ledger.close()
            }
            for round in 1...3 {
                for suffix in ["", "-wal", "-shm", ".lock"] {
                    try LedgerFile.removeIfThere(file.path + suffix)
                }
                try Ledger.restore(from: backup, to: file)
                let ledger = try Ledger(file: file)
                #expect(ledger.term.isRestored)
                #expect(ledger.term.generation == 1)
                #expect(ledger.attemptFloor > 1_000_000)
                try grant(ledger, &granted)
                try grant(ledger, &granted)
                #expect(granted.count == 2 + 2 * round)
                try ledger.close()
                let next = try Ledger(file: file)
                #expect(!next.term.isRestored)
                #expect(next.attemptFloor == ledger.attemptFloor)
                try next.close()
            }
        }
    }

    @Test func `is noticed by its age when it is no backup`() throws {
        try LedgerFixture.withFile { file in
            let copy = file.deletingLastPathComponent().appendingPathComponent("copy.db")
            do {
                let ledger = try Ledger(file: file)
                try ledger.apply(Sample.beginning)
                try ledger.close()
            }
            try FileManager.default.copyItem(at: file, to: copy)
            do { try Ledger(file: file).close() }
            try FileManager.default.removeItem(at: file)
            try FileManager.default.moveItem(at: copy, to: file)
            let ledger = try Ledger(file: file)
            #expect(ledger.term.isRestored)
            #expect(ledger.attemptFloor > 0)
            let lease = Sample.lease("a", 1)
            #expect(throws: LedgerError.attemptExists(lease)) {
                try ledger.apply([.attemptGranted(lease, unixMs: 1)])
            }
            let high = Sample.lease("a", ledger.attemptFloor + 1)
            try ledger.apply([.attemptGranted(high, unixMs: 1)])
        }
    }

    @Test func `has an attempt floor within what may travel, whatever the clock says`() {
        let early = Date(timeIntervalSince1970: 0)
        let late = Date(timeIntervalSince1970: 1e12)
        #expect(LedgerStart.attemptFloor(above: 3, at: early) == 3)
        #expect(LedgerStart.attemptFloor(above: 3, at: late) == 1 << 39)
        let now = Date(timeIntervalSince1970: 1_735_689_601)
        #expect(LedgerStart.attemptFloor(above: 3, at: now) == 1_000)
        #expect(LedgerStart.attemptFloor(above: 5_000, at: now) == 5_000)
    }

    @Test func `is not put over a ledger or beside its log or while a coordinator runs`() throws {
        try LedgerFixture.withFile { file in
            let backup = file.deletingLastPathComponent().appendingPathComponent("backup.db")
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            try ledger.backup(to: backup)
            #expect(throws: LedgerError.inUse(path: file.path)) {
                try Ledger.restore(from: backup, to: file)
            }
            try ledger.close()
            #expect(throws: LedgerError.ledgerExists(path: file.path)) {
                try Ledger.restore(from: backup, to: file)
            }
            try FileManager.default.removeItem(at: file)
            try Data([1]).write(to: URL(fileURLWithPath: file.path + "-wal"))
            #expect(throws: LedgerError.ledgerExists(path: file.path + "-wal")) {
                try Ledger.restore(from: backup, to: file)
            }
        }
    }

    @Test func `is looked through before it is put back`() throws {
        try LedgerFixture.withFile { file in
            let backup = file.deletingLastPathComponent().appendingPathComponent("backup.db")
            do {
                let ledger = try Ledger(file: file)
                try ledger.apply(Sample.beginning)
                try ledger.backup(to: backup)
            }
            let target = file.deletingLastPathComponent().appendingPathComponent("again.db")
            var bytes = try Data(contentsOf: backup)
            for page in 1..<bytes.count / 4_096 { bytes[page * 4_096] ^= 0xFF }
            try bytes.write(to: backup)
            #expect {
                try Ledger.restore(from: backup, to: target)
            } throws: { error in
                if case LedgerError.damaged = error { true } else { false }
            }
            #expect(!FileManager.default.fileExists(atPath: target.path))
            try Data("no database at all, but some text".utf8).write(to: backup)
            #expect(throws: LedgerError.self) { try Ledger.restore(from: backup, to: target) }
        }
    }

    @Test func `is made while others write, and from a reader`() throws {
        try LedgerFixture.withFile { file in
            let folder = file.deletingLastPathComponent()
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            let reader = try Ledger(file: file, access: .reader)
            let backup = folder.appendingPathComponent("from-reader.db")
            #expect(try reader.backup(to: backup) > 4_096)
            let open = try LedgerConnection.openBeside(path: file.path)
            try open.read { connection in
                // A backup's long read does not keep anybody from writing.
                #expect(try Int.fetchOne(connection, sql: "SELECT count(*) FROM attempt") == 0)
                try ledger.apply([.attemptGranted(Sample.lease("a", 1), unixMs: 1)])
                #expect(try Int.fetchOne(connection, sql: "SELECT count(*) FROM attempt") == 0)
                #expect(try !ledger.checkpoint(.truncate))
            }
            #expect(try ledger.checkpoint(.truncate))
            #expect(try Ledger(file: backup, access: .reader).jobs().count == 1)
        }
    }

    private func grant(_ ledger: Ledger, _ granted: inout Set<Int>) throws {
        let highest = try ledger.highestAttempts(Sample.job)[TaskName("a")] ?? 0
        let number = max(highest, ledger.attemptFloor) + 1
        try ledger.apply([.attemptGranted(Sample.lease("a", number), unixMs: 1)])
        #expect(granted.insert(number).inserted)
    }
}
