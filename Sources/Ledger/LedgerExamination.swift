import Domain
import Foundation
import GRDB

/// What must hold between the tables of a ledger.
struct LedgerExamination {
    let connection: Database

    func run(thorough: Bool) throws -> [LedgerFinding] {
        guard try connection.tableExists("meta") else {
            return [LedgerFinding(.note, "contents", "It is empty.")]
        }
        var findings = [try counts()]
        guard thorough else { return findings }
        findings += try references() + invariants() + results() + words()
        if !findings.contains(where: { $0.severity != .note }) {
            let text = "Jobs, tasks, attempts and results agree with each other."
            findings.append(LedgerFinding(.note, "contents", text))
        }
        return findings
    }

    private func counts() throws -> LedgerFinding {
        func count(_ sql: String) throws -> Int { try Int.fetchOne(connection, sql: sql) ?? 0 }
        let text = """
            Epoch \(try count("SELECT epoch FROM meta")); \
            \(try count("SELECT count(*) FROM job")) jobs, \
            \(try count("SELECT count(*) FROM job WHERE phase = 'running'")) of them running; \
            \(try count("SELECT count(*) FROM task")) tasks, \
            \(try count("SELECT count(*) FROM attempt")) attempts, \
            \(try count("SELECT count(*) FROM attempt WHERE ended_at IS NULL")) of them open; \
            \(try count("SELECT count(*) FROM result WHERE is_valid = 1")) results.
            """
        return LedgerFinding(.note, "contents", text)
    }

    private func references() throws -> [LedgerFinding] {
        let broken = try Row.fetchAll(connection, sql: "PRAGMA foreign_key_check")
        guard !broken.isEmpty else { return [] }
        let tables: [String] = try broken.map { try $0.value("table") }
        let names = Set(tables).sorted().joined(separator: ", ")
        let text = "\(broken.count) rows of \(names) refer to nothing; restore a backup."
        return [LedgerFinding(.problem, "references", text)]
    }

    /// Each query counts rows that must not be.
    private static let rules: [(LedgerFinding.Severity, String, String)] = [
        (
            .problem, "tasks whose highest attempt number is not the highest granted",
            """
            SELECT count(*) FROM task WHERE attempts <>
                coalesce((SELECT max(number) FROM attempt WHERE attempt.task = task.id), 0)
            """
        ),
        (
            .problem, "attempts whose number is above what may travel",
            "SELECT count(*) FROM attempt WHERE number > 1 << 40"
        ),
        (
            .problem, "done tasks without a result",
            """
            SELECT count(*) FROM task LEFT JOIN result ON result.key = task.key
            WHERE task.phase = 1 AND result.key IS NULL
            """
        ),
        (
            .problem, "failed tasks without a reason",
            """
            SELECT count(*) FROM task LEFT JOIN task_failure ON task_failure.task = task.id
            WHERE task.phase = 2 AND task_failure.task IS NULL
            """
        ),
        (
            .problem, "jobs that are over without an end, or run with one",
            "SELECT count(*) FROM job WHERE (phase = 'running') = (ended_at IS NOT NULL)"
        ),
        (
            .warning, "computed tasks without an attempt that was done",
            """
            SELECT count(*) FROM task WHERE phase = 1 AND origin = 0 AND NOT EXISTS (
                SELECT 1 FROM attempt WHERE attempt.task = task.id AND attempt.outcome = 'done')
            """
        ),
        (
            .problem, "documents that are too long",
            "SELECT count(*) FROM document WHERE length(bytes) > \(LedgerDocument.bytesMax)"
        ),
    ]

    private func invariants() throws -> [LedgerFinding] {
        let hasDocuments = try connection.tableExists("document")
        return try Self.rules.compactMap { severity, what, sql in
            guard hasDocuments || !sql.contains("FROM document") else { return nil }
            let count = try Int.fetchOne(connection, sql: sql) ?? 0
            guard count > 0 else { return nil }
            return LedgerFinding(severity, "contents", "There are \(count) \(what).")
        }
    }

    /// Whether all results read back.
    private func results() throws -> [LedgerFinding] {
        let rows = try Row.fetchCursor(
            connection, sql: "SELECT outputs, length(facts) AS facts FROM result")
        var unreadable = 0
        while let row = try rows.next() {
            let facts: Int = try row.value("facts")
            let outputs = try? LedgerCoding.value(
                [TaskOutput].self, from: row.value("outputs"), table: "result")
            if outputs == nil || facts > Limits.factsBytesMax { unreadable += 1 }
        }
        guard unreadable > 0 else { return [] }
        let text = "\(unreadable) results do not read back; restore a backup."
        return [LedgerFinding(.problem, "results", text)]
    }

    /// Whether all words that stand for choices are known ones.
    private func words() throws -> [LedgerFinding] {
        let outcomes = try String.fetchAll(
            connection,
            sql: "SELECT DISTINCT outcome FROM attempt WHERE outcome IS NOT NULL ORDER BY outcome"
        ).filter { AttemptOutcome(rawValue: $0) == nil }
        let phases = try String.fetchAll(
            connection, sql: "SELECT DISTINCT phase FROM job ORDER BY phase"
        ).filter { JobPhase(rawValue: $0) == nil }
        return (outcomes + phases).map {
            LedgerFinding(.problem, "contents", "The word \"\($0)\" stands for nothing known.")
        }
    }
}
