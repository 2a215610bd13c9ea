import Domain
import Foundation
import GRDB
import Glibc
import Testing

@testable import Ledger

@Suite struct `The doctor of ledgers` {
    @Test func `finds nothing wrong with a ledger at work, closed or backed up`() throws {
        try LedgerFixture.withFile { file in
            let backup = file.deletingLastPathComponent().appendingPathComponent("backup.db")
            let ledger = try Ledger(file: file)
            try ledger.apply(Sample.beginning)
            let running = LedgerDoctor.examine(file)
            #expect(running.allSatisfy { $0.severity != .problem }, "\(running)")
            #expect(text("coordinator", running).contains("(process \(getpid()))"))
            #expect(text("journal", running).contains("WAL"))
            #expect(text("integrity", running).contains("ok"))
            try ledger.backup(to: backup)
            try ledger.close()
            let closed = LedgerDoctor.examine(file)
            #expect(closed.allSatisfy { $0.severity != .problem }, "\(closed)")
            #expect(text("coordinator", closed) == "No coordinator is running.")
            let copied = LedgerDoctor.examine(backup)
            #expect(copied.allSatisfy { $0.severity != .problem }, "\(copied)")
            #expect(text("journal", copied).contains("backup"))
            // Looking changes nothing: the backup is still marked as one.
            #expect(try Ledger(file: backup).term.isRestored)
        }
    }

    @Test func `says what it finds of a ledger of the first version`() throws {
        try LedgerFixture.withFile { file in
            try `The upkeep of a ledger`.makeFirstVersion(file)
            let findings = LedgerDoctor.examine(file)
            #expect(findings.allSatisfy { $0.severity != .problem }, "\(findings)")
            #expect(text("schema", findings).contains("older (1 of 2 steps)"))
        }
    }

    @Test(arguments: [
        ("UPDATE task SET attempts = 7 WHERE name = 'a'", "contents", "highest attempt number"),
        ("DELETE FROM result", "references", "refer to nothing"),
        ("UPDATE result SET outputs = x'00'", "results", "do not read back"),
        ("UPDATE job SET ended_at = 4", "contents", "that are over without an end"),
        ("UPDATE job SET phase = 'sleeping', ended_at = 4", "contents", "\"sleeping\""),
        ("DELETE FROM task_failure", "contents", "failed tasks without a reason"),
    ])
    func `finds what does not fit together`(sql: String, subject: String, word: String) throws {
        try LedgerFixture.withFile { file in
            try Self.makeBusy(file)
            try Self.break(file, by: sql)
            let problems = LedgerDoctor.examine(file).filter { $0.severity == .problem }
            #expect(problems.contains { $0.subject == subject && $0.text.contains(word) })
        }
    }

    @Test func `finds damaged pages, other files and none`() throws {
        try LedgerFixture.withFile { file in
            let missing = LedgerDoctor.examine(file)
            #expect(missing.map(\.severity) == [.problem])
            try Self.makeBusy(file)
            var bytes = try Data(contentsOf: file)
            for page in 2..<bytes.count / 4_096 { bytes[page * 4_096] ^= 0x40 }
            try bytes.write(to: file)
            let damaged = LedgerDoctor.examine(file)
            #expect(damaged.contains { $0.severity == .problem }, "\(damaged)")
            try Data("no database at all, but some text".utf8).write(to: file)
            #expect(LedgerDoctor.examine(file).contains { $0.severity == .problem })
        }
    }

    @Test func `reads the kernel's list of locks`() {
        let table = LockTable(
            """
            1: POSIX  ADVISORY  WRITE 11 fe:00:131 0 EOF
            2: FLOCK  ADVISORY  WRITE 22 fe:00:132 0 EOF
            2: -> FLOCK  ADVISORY  WRITE 33 fe:00:132 0 EOF
            nonsense
            """)
        #expect(table.holder(ofInode: 131) == nil)
        #expect(table.holder(ofInode: 132) == 22)
        #expect(table.holder(ofFile: "/nowhere/at/all") == nil)
    }

    private func text(_ subject: String, _ findings: [LedgerFinding]) -> String {
        findings.filter { $0.subject == subject }.map(\.text).joined(separator: " ")
    }

    private static func `break`(_ file: URL, by sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let database = try DatabaseQueue(path: file.path, configuration: configuration)
        try database.write { connection in try connection.execute(sql: sql) }
        try database.close()
    }

    private static func makeBusy(_ file: URL) throws {
        let ledger = try Ledger(file: file)
        let key = Sample.digest(2)
        try ledger.apply(
            Sample.beginning + [
                .attemptGranted(Sample.lease("a", 1), unixMs: 1),
                .attemptEnded(
                    Sample.lease("a", 1), outcome: .done, failure: nil,
                    measurements: Sample.measurements, unixMs: 2),
                .resultFound(key: key, kind: "solve", Sample.result),
                .taskDone(Sample.task("a"), key: key, origin: .computed, unixMs: 2),
                .taskFailed(Sample.task("b"), Sample.failure, unixMs: 2),
            ])
        try ledger.close()
    }
}
