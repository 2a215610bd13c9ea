import Domain
import Foundation
import GRDB

/// Reads the table `attempt`.
enum AttemptRow {
    private static let selection = """
        SELECT job.name AS job_name, task.name AS task_name, worker.text AS worker_text,
            core.text AS core_text, attempt.*
        FROM attempt JOIN task ON task.id = attempt.task JOIN job ON job.id = task.job
        JOIN label AS worker ON worker.id = attempt.worker
        LEFT JOIN label AS core ON core.id = attempt.core
        """

    static func fetchOpen(_ connection: Database, job: JobID) throws -> [LeaseToken] {
        let sql = """
            \(selection) WHERE job.name = ? AND attempt.ended_at IS NULL
            ORDER BY attempt.task, attempt.number
            """
        return try Row.fetchAll(connection, sql: sql, arguments: [job.description]).map(lease)
    }

    static func fetchAll(_ connection: Database, job: JobID) throws -> [AttemptRecord] {
        let sql = """
            \(selection) WHERE job.name = ?
            ORDER BY attempt.granted_at, attempt.task, attempt.number
            """
        return try Row.fetchAll(connection, sql: sql, arguments: [job.description]).map(record)
    }

    static func fetch(_ connection: Database, task: TaskID) throws -> [AttemptRecord] {
        let sql = "\(selection) WHERE job.name = ? AND task.name = ? ORDER BY attempt.number"
        return try Row.fetchAll(
            connection, sql: sql, arguments: [task.job.description, task.name.description]
        ).map(record)
    }

    static func fetchTroubles(
        _ connection: Database, job: JobID
    ) throws -> [TaskName: [AttemptTrouble]] {
        let rows = try Row.fetchCursor(
            connection,
            sql: """
                SELECT task.name AS task_name, attempt.number, attempt.outcome, attempt.failure,
                    label.text AS worker_text, worker.host
                FROM job JOIN task ON task.job = job.id JOIN attempt ON attempt.task = task.id
                JOIN label ON label.id = attempt.worker
                LEFT JOIN worker ON worker.name = label.text
                WHERE job.name = ? AND task.phase = 0 AND attempt.outcome IN ('failed', 'lost')
                ORDER BY task.id, attempt.number
                """, arguments: [job.description])
        var troubles: [TaskName: [AttemptTrouble]] = [:]
        while let row = try rows.next() {
            let name = try LedgerCoding.taskName(row.value("task_name"))
            troubles[name, default: []].append(try trouble(row))
        }
        return troubles
    }

    private static func trouble(_ row: Row) throws -> AttemptTrouble {
        let worker = try LedgerCoding.workerID(row.value("worker_text"))
        let host: String? = try row.value("host")
        let failure = try LedgerCoding.failure(row.value("failure"), table: "attempt")
        return AttemptTrouble(
            attempt: try row.value("number"), worker: worker, host: host ?? worker.description,
            outcome: try LedgerCoding.choice(
                AttemptOutcome.self, row.value("outcome"), table: "attempt"),
            failureClass: failure?.failureClass ?? .lostWorker)
    }

    private static func lease(_ row: Row) throws -> LeaseToken {
        let job = JobID(try LedgerCoding.name(row.value("job_name"), table: "job"))
        return LeaseToken(
            task: TaskID(job: job, name: try LedgerCoding.taskName(row.value("task_name"))),
            attempt: try row.value("number"),
            worker: try LedgerCoding.workerID(row.value("worker_text")))
    }

    private static func record(_ row: Row) throws -> AttemptRecord {
        let outcome: String? = try row.value("outcome")
        return AttemptRecord(
            lease: try lease(row), grantedAtUnixMs: try row.value("granted_at"),
            endedAtUnixMs: try row.value("ended_at"),
            outcome: try outcome.map {
                try LedgerCoding.choice(AttemptOutcome.self, $0, table: "attempt")
            },
            failure: try LedgerCoding.failure(row.value("failure"), table: "attempt"),
            measurements: try LedgerCoding.measurements(row))
    }
}
