public import Domain
import GRDB

extension Ledger {
    /// The result recorded under `key`, unless there is none or it was declared invalid.
    public func result(forKey key: Digest) throws(LedgerError) -> RecordedResult? {
        try read { try ResultRow.fetch($0, key: key) }
    }

    /// The blobs that the task with `key` read, in the order of its inputs; empty if unknown.
    public func inputs(ofKey key: Digest) throws(LedgerError) -> [BlobReference] {
        try read { try ResultRow.fetchInputs($0, key: key) }
    }

    /// All jobs in the order of their submission.
    public func jobs() throws(LedgerError) -> [JobRecord] {
        try read { try JobRow.fetchAll($0) }
    }

    /// One job; nil when the ledger does not know it.
    public func job(_ id: JobID) throws(LedgerError) -> JobRecord? {
        try read { try JobRow.fetch($0, id: id) }
    }

    /// The highest attempt number of each task of `job` that ever had one: the next lease must
    /// have a larger one.
    public func highestAttempts(_ job: JobID) throws(LedgerError) -> [TaskName: Int] {
        try read { try TaskRow.fetchHighestAttempts($0, job: job) }
    }

    /// The attempts of `job` that have not ended, in the order in which their tasks were added.
    public func openAttempts(_ job: JobID) throws(LedgerError) -> [LeaseToken] {
        try read { try AttemptRow.fetchOpen($0, job: job) }
    }

    /// The tasks of `job` that are done and whose result is still valid.
    public func doneTasks(_ job: JobID) throws(LedgerError) -> [TaskName: DoneTask] {
        try read { try TaskRow.fetchDone($0, job: job) }
    }

    /// The tasks of `job` that failed for good.
    public func failedTasks(_ job: JobID) throws(LedgerError) -> [TaskName: TaskFailure] {
        try read { try TaskRow.fetchFailed($0, job: job) }
    }

    /// A page of the tasks of `job`, in the order in which they were added.
    ///
    /// - Parameters:
    ///   - phase: only tasks of this phase; all by default. `ready` gives none, see
    ///     ``TaskRecord/phase``.
    ///   - limit: at most this many, 1...100,000; 1,000 by default.
    ///   - offset: how many to leave out first.
    public func tasks(
        _ job: JobID, phase: TaskPhase? = nil, limit: Int = 1_000, offset: Int = 0
    ) throws(LedgerError) -> [TaskRecord] {
        precondition((1...100_000).contains(limit), "a page has 1...100,000 tasks")
        precondition(offset >= 0, "an offset is not negative")
        return try read {
            try TaskRow.fetchPage($0, job: job, phase: phase, limit: limit, offset: offset)
        }
    }

    /// One task; nil when the ledger does not know it.
    public func task(_ id: TaskID) throws(LedgerError) -> TaskRecord? {
        try read { try TaskRow.fetch($0, id: id) }
    }

    /// How far each stage of `job` is, in the order in which the stages appeared.
    public func stageCounts(_ job: JobID) throws(LedgerError) -> [StageCount] {
        try read { try TaskRow.fetchStageCounts($0, job: job) }
    }

    /// All attempts of `job`, ordered by the moment of their grant, then by task and number.
    public func attempts(_ job: JobID) throws(LedgerError) -> [AttemptRecord] {
        try read { try AttemptRow.fetchAll($0, job: job) }
    }

    /// The attempts of one task by number.
    public func attempts(of task: TaskID) throws(LedgerError) -> [AttemptRecord] {
        try read { try AttemptRow.fetch($0, task: task) }
    }

    /// What the latest successful attempt of `task` took, when it reported that.
    public func measurements(forTask task: TaskID) throws(LedgerError) -> TaskMeasurements? {
        try attempts(of: task).last { $0.outcome == .done }?.measurements
    }

    /// All workers that ever introduced themselves, by name.
    public func workers() throws(LedgerError) -> [WorkerRecord] {
        try read { try WorkerRow.fetchAll($0) }
    }

    /// The attempts of each open task of `job` that failed or were lost, by number: what the
    /// scheduler must remember when it starts anew.
    public func troubles(_ job: JobID) throws(LedgerError) -> [TaskName: [AttemptTrouble]] {
        try read { try AttemptRow.fetchTroubles($0, job: job) }
    }

    /// The bytes of a small document; nil when there is none of this name.
    public func document(named name: String) throws(LedgerError) -> [UInt8]? {
        try read { try LedgerDocument.fetch($0, name: name) }
    }
}
