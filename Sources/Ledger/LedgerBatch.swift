import Domain
import Foundation
import GRDB

/// Applies changes within one transaction.
struct LedgerBatch {
    let connection: Database
    /// What was looked up, in this batch and before.
    private(set) var numbers: LedgerNumbers

    init(connection: Database, numbers: consuming LedgerNumbers = LedgerNumbers()) {
        self.connection = connection
        self.numbers = numbers
    }

    mutating func apply(_ change: LedgerChange) throws {
        switch change {
        case .jobAdded(let job, let submission, let time):
            try add(job, submission, at: time)
        case .jobPhase(let job, let phase, let reason, let time):
            try setPhase(of: job, to: phase, reason: reason, at: time)
        case .tasksAdded(let job, let tasks):
            try add(tasks, to: job)
        case .taskDone(let task, let key, let origin, let time):
            try finish(task, key: key, origin: origin, at: time)
        case .taskFailed(let task, let failure, let time):
            try fail(task, failure, at: time)
        case .taskReopened(let task):
            try reopen(task)
        case .attemptGranted(let lease, let time):
            try grant(lease, at: time)
        case .attemptEnded(let lease, let outcome, let failure, let measurements, let time):
            try end(
                lease, outcome: outcome, failure: failure, measurements: measurements, at: time)
        case .resultFound(let key, let kind, let result):
            try record(result, key: key, kind: kind)
        case .inputsUsed(let key, let blobs):
            try record(inputs: blobs, key: key)
        case .resultInvalid(let key):
            try run("UPDATE result SET is_valid = 0 WHERE key = ?", [LedgerCoding.data(of: key)])
        case .worker(let worker):
            try record(worker)
        case .document(let name, let bytes):
            try record(document: name, bytes)
        }
    }

    /// The number under which a repeating text is kept.
    mutating func label(_ text: String) throws -> Int64 {
        if let known = numbers.labels[text] { return known }
        try run("INSERT INTO label (text) VALUES (?) ON CONFLICT DO NOTHING", [text])
        let statement = try connection.cachedStatement(sql: "SELECT id FROM label WHERE text = ?")
        guard let id = try Int64.fetchOne(statement, arguments: [text]) else {
            throw LedgerError.unreadableRow(table: "label", detail: "\(text) is not there")
        }
        numbers.labels[text] = id
        return id
    }

    mutating func id(of job: JobID) throws -> Int64 {
        if let known = numbers.jobs[job] { return known }
        guard let id = try JobRow.rowID(connection, job) else { throw LedgerError.unknownJob(job) }
        numbers.jobs[job] = id
        return id
    }

    mutating func id(of task: TaskID) throws -> Int64 {
        if let known = numbers.tasks[task] { return known }
        let job = try id(of: task.job)
        let statement = try connection.cachedStatement(
            sql: "SELECT id FROM task WHERE job = ? AND name = ?")
        let arguments: StatementArguments = [job, task.name.description]
        guard let id = try Int64.fetchOne(statement, arguments: arguments) else {
            throw LedgerError.unknownTask(task)
        }
        numbers.remember(task, id)
        return id
    }

    mutating func remember(_ task: TaskID, _ row: Int64) { numbers.remember(task, row) }

    /// A task that is over is hardly asked for again.
    mutating func forget(_ task: TaskID) { numbers.tasks[task] = nil }

    /// Runs a statement, which is prepared once.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try connection.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
