import Domain
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite(.serialized) struct `A ledger on a full disk` {
    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
    func `applies the same batch once there is room, on a real small disk if root runs this`()
        throws
    {
        try SmallDisk.with(mebibytes: 2) { folder in
            let ledger = try Ledger(file: folder.appendingPathComponent("ledger.db"))
            try ledger.apply(Sample.beginning)
            let filling = folder.appendingPathComponent("filling")
            try SmallDisk.fill(filling)
            // The log has some room of its own, so a batch or two may still fit.
            var waiting: [[LedgerChange]] = []
            for number in 1...40 {
                let batch: [LedgerChange] = [
                    .document(name: "d\(number)", [UInt8](repeating: 1, count: 30_000)),
                    .attemptGranted(Sample.lease("a", number), unixMs: 1),
                ]
                do {
                    try ledger.apply(batch)
                } catch let error as LedgerError {
                    #expect(error.isForNow, "\(error)")
                    #expect(!error.isFinal)
                    waiting.append(batch)
                    break
                }
            }
            let batch = try #require(waiting.first)
            let before = try ledger.attempts(Sample.job).count
            for _ in 0..<3 {
                #expect {
                    try ledger.apply(batch)
                } throws: {
                    ($0 as? LedgerError)?.isForNow == true
                }
            }
            // Reading goes on, and upkeep may fail without harm.
            #expect(try ledger.attempts(Sample.job).count == before)
            do { try ledger.upkeep(isIdle: true) } catch let error as LedgerError {
                #expect(error.isForNow, "\(error)")
            }
            try FileManager.default.removeItem(at: filling)
            try ledger.apply(batch)
            #expect(try ledger.attempts(Sample.job).count == before + 1)
            try ledger.checkIntegrity()
            try ledger.close()
            let again = try Ledger(
                file: folder.appendingPathComponent("ledger.db"), checkingIntegrity: true)
            #expect(try again.attempts(Sample.job).count == before + 1)
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
    func `makes no half backup, on a real small disk if root runs this`() throws {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            let bytes = [UInt8](repeating: 1, count: 1 << 20)
            for number in 0..<3 { try ledger.apply([.document(name: "d\(number)", bytes)]) }
            try SmallDisk.with(mebibytes: 2) { folder in
                let backup = folder.appendingPathComponent("backup.db")
                #expect {
                    try ledger.backup(to: backup)
                } throws: {
                    ($0 as? LedgerError)?.isForNow == true
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                #expect(left.isEmpty)
            }
        }
    }

    @Test func `applies the same batch once there is room, when the database may not grow`()
        throws
    {
        try LedgerFixture.withFile { file in
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            func limit(_ pages: Int) throws {
                try ledger.database.writeWithoutTransaction {
                    try $0.execute(sql: "PRAGMA max_page_count = \(pages)")
                }
            }
            try limit(1)
            let batch = [
                LedgerChange.document(name: "d", [UInt8](repeating: 1, count: 100_000)),
                .attemptGranted(Sample.lease("a", 1), unixMs: 1),
            ]
            for _ in 0..<2 {
                #expect {
                    try ledger.apply(batch)
                } throws: {
                    ($0 as? LedgerError)?.isForNow == true
                }
            }
            #expect(try ledger.openAttempts(Sample.job).isEmpty)
            try limit(1_000_000)
            try ledger.apply(batch)
            #expect(try ledger.openAttempts(Sample.job) == [Sample.lease("a", 1)])
        }
    }
}
