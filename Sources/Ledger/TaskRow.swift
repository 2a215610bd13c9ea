import Domain
import Foundation
import GRDB

/// Reads the table `task`.
enum TaskRow {
    static func fetchHighestAttempts(
        _ connection: Database, job: JobID
    ) throws -> [TaskName: Int] {
        var highest: [TaskName: Int] = [:]
        let rows = try Row.fetchCursor(
            connection,
            sql: """
                SELECT task.name, task.attempts FROM task JOIN job ON job.id = task.job
                WHERE job.name = ? AND task.attempts > 0
                """, arguments: [job.description])
        while let row = try rows.next() {
            highest[try LedgerCoding.taskName(row.decode(atIndex: 0))] = try row.decode(atIndex: 1)
        }
        return highest
    }

    static func fetchDone(_ connection: Database, job: JobID) throws -> [TaskName: DoneTask] {
        var done: [TaskName: DoneTask] = [:]
        let rows = try Row.fetchCursor(
            connection,
            sql: """
                SELECT task.name, task.key, task.origin FROM task JOIN job ON job.id = task.job
                JOIN result ON result.key = task.key
                WHERE job.name = ? AND task.phase = 1 AND result.is_valid = 1
                """, arguments: [job.description])
        while let row = try rows.next() {
            done[try LedgerCoding.taskName(row.decode(atIndex: 0))] = DoneTask(
                key: try LedgerCoding.digest(row.decode(atIndex: 1), table: "task"),
                origin: try LedgerCoding.origin(row.decode(atIndex: 2)))
        }
        return done
    }

    static func fetchFailed(
        _ connection: Database, job: JobID
    ) throws -> [TaskName: TaskFailure] {
        var failed: [TaskName: TaskFailure] = [:]
        let rows = try Row.fetchCursor(
            connection,
            sql: """
                SELECT task.name, task_failure.failure FROM task
                JOIN job ON job.id = task.job JOIN task_failure ON task_failure.task = task.id
                WHERE job.name = ? AND task.phase = 2
                """, arguments: [job.description])
        while let row = try rows.next() {
            failed[try LedgerCoding.taskName(row.decode(atIndex: 0))] = try LedgerCoding.value(
                TaskFailure.self, from: row.decode(atIndex: 1), table: "task_failure")
        }
        return failed
    }

    static func fetchStageCounts(_ connection: Database, job: JobID) throws -> [StageCount] {
        let rows = try Row.fetchAll(
            connection,
            sql: """
                SELECT label.text AS stage, count(*) AS total,
                    sum(task.phase = 1 AND task.origin = 0) AS computed,
                    sum(task.phase = 1 AND task.origin = 1) AS cached,
                    sum(task.phase = 0 AND \(isLeased)) AS leased,
                    sum(task.phase = 2) AS failed
                FROM task JOIN job ON job.id = task.job JOIN label ON label.id = task.stage
                WHERE job.name = ? GROUP BY task.stage ORDER BY min(task.id)
                """, arguments: [job.description])
        return try rows.map {
            StageCount(
                stage: try $0.value("stage"), total: try $0.value("total"),
                computed: try $0.value("computed"),
                cached: try $0.value("cached"), leased: try $0.value("leased"),
                failed: try $0.value("failed"))
        }
    }

    private static let isLeased = """
        EXISTS (SELECT 1 FROM attempt WHERE attempt.task = task.id AND attempt.ended_at IS NULL)
        """
}

extension TaskRow {
    private static let selection = """
        SELECT task.*, kind.text AS kind_text, stage.text AS stage_text, \(isLeased) AS is_leased,
            attempt.outcome, worker.text AS worker_text, attempt.seconds, attempt.peak_bytes,
            core.text AS core_text, attempt.failure AS attempt_failure,
            task_failure.failure AS task_failure, result.facts
        FROM task JOIN job ON job.id = task.job
        JOIN label AS kind ON kind.id = task.kind
        JOIN label AS stage ON stage.id = task.stage
        LEFT JOIN attempt ON attempt.task = task.id AND attempt.number = task.attempts
        LEFT JOIN label AS worker ON worker.id = attempt.worker
        LEFT JOIN label AS core ON core.id = attempt.core
        LEFT JOIN task_failure ON task_failure.task = task.id
        LEFT JOIN result ON result.key = task.key AND result.is_valid = 1
        """

    static func fetchPage(
        _ connection: Database, job: JobID, phase: TaskPhase?, limit: Int, offset: Int
    ) throws -> [TaskRecord] {
        let sql = """
            \(selection) WHERE job.name = ? AND \(condition(phase))
            ORDER BY task.id LIMIT ? OFFSET ?
            """
        return try Row.fetchAll(
            connection, sql: sql, arguments: [job.description, limit, offset]
        ).map(record)
    }

    static func fetch(_ connection: Database, id: TaskID) throws -> TaskRecord? {
        let sql = "\(selection) WHERE job.name = ? AND task.name = ?"
        return try Row.fetchOne(
            connection, sql: sql, arguments: [id.job.description, id.name.description]
        ).map(record)
    }

    private static func condition(_ phase: TaskPhase?) -> String {
        switch phase {
        case nil: "true"
        case .waiting: "task.phase = 0 AND NOT \(isLeased)"
        case .ready: "false"
        case .leased: "task.phase = 0 AND \(isLeased)"
        case .done: "task.phase = 1"
        case .failed: "task.phase = 2"
        }
    }

    private static func record(_ row: Row) throws -> TaskRecord {
        let number: Int = try row.value("phase")
        let isLeased: Bool = try row.value("is_leased")
        let phase: TaskPhase =
            switch number {
            case 1: .done
            case 2: .failed
            default: isLeased ? .leased : .waiting
            }
        let key: Data? = try row.value("key")
        let origin: Int? = try row.value("origin")
        let outcome: String? = try row.value("outcome")
        let worker: String? = try row.value("worker_text")
        let facts: Data? = try row.value("facts")
        return TaskRecord(
            name: try LedgerCoding.taskName(row.value("name")), kind: try row.value("kind_text"),
            stage: try row.value("stage_text"), phase: phase,
            key: try key.map { try LedgerCoding.digest($0, table: "task") },
            origin: origin.map(LedgerCoding.origin), attempts: try row.value("attempts"),
            lastOutcome: try outcome.map {
                try LedgerCoding.choice(AttemptOutcome.self, $0, table: "attempt")
            },
            worker: try worker.map(LedgerCoding.workerID),
            measurements: try LedgerCoding.measurements(row),
            failure: try LedgerCoding.failure(row.value("task_failure"), table: "task_failure")
                ?? LedgerCoding.failure(row.value("attempt_failure"), table: "attempt"),
            facts: facts.map { Array($0) }, endedAtUnixMs: try row.value("ended_at"))
    }
}
