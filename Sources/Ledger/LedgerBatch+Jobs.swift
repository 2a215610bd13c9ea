import Domain
import Foundation
import GRDB

extension LedgerBatch {
    mutating func add(_ job: JobID, _ submission: JobSubmission, at time: Int64) throws {
        let blob = submission.specification
        try LedgerFailure.refusing(.jobExists(job)) {
            try run(
                """
                INSERT INTO job (name, title, specification, specification_bytes, phase,
                    submitted_at) VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    job.description, submission.title, LedgerCoding.data(of: blob.digest),
                    blob.byteCount, JobPhase.running.rawValue, time,
                ])
        }
    }

    mutating func setPhase(
        of job: JobID, to phase: JobPhase, reason: String?, at time: Int64
    ) throws {
        try run(
            "UPDATE job SET phase = ?, reason = ?, ended_at = ? WHERE id = ?",
            [phase.rawValue, reason, phase.isOver ? time : nil, try id(of: job)])
    }

    mutating func add(_ tasks: [TaskSummary], to job: JobID) throws {
        let row = try id(of: job)
        for task in tasks {
            let kind = try label(task.kind)
            let stage = try label(task.stage)
            try LedgerFailure.refusing(.taskExists(TaskID(job: job, name: task.name))) {
                try run(
                    "INSERT INTO task (job, name, kind, stage) VALUES (?, ?, ?, ?)",
                    [row, task.name.description, kind, stage])
            }
            remember(TaskID(job: job, name: task.name), connection.lastInsertedRowID)
        }
    }

    mutating func finish(
        _ task: TaskID, key: Digest, origin: TaskOrigin, at time: Int64
    ) throws {
        let row = try id(of: task)
        try run("DELETE FROM task_failure WHERE task = ?", [row])
        try run(
            "UPDATE task SET phase = 1, key = ?, origin = ?, ended_at = ? WHERE id = ?",
            [LedgerCoding.data(of: key), LedgerCoding.number(of: origin), time, row])
        forget(task)
    }

    mutating func fail(_ task: TaskID, _ failure: TaskFailure, at time: Int64) throws {
        let row = try id(of: task)
        try run(
            "UPDATE task SET phase = 2, key = NULL, origin = NULL, ended_at = ? WHERE id = ?",
            [time, row])
        try run(
            "INSERT OR REPLACE INTO task_failure (task, failure) VALUES (?, ?)",
            [row, try LedgerCoding.json(failure)])
    }

    mutating func reopen(_ task: TaskID) throws {
        let row = try id(of: task)
        try run("DELETE FROM task_failure WHERE task = ?", [row])
        try run(
            "UPDATE task SET phase = 0, key = NULL, origin = NULL, ended_at = NULL WHERE id = ?",
            [row])
    }
}
