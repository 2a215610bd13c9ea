public import Domain

/// A task as the ledger knows it, with its latest attempt.
public struct TaskRecord: Hashable, Sendable {
    /// Its name.
    public let name: TaskName
    /// Which function.
    public let kind: String
    /// The group of tasks it is counted with.
    public let stage: String
    /// Where it stands. The ledger does not know which inputs exist, so it never says
    /// ``Domain/TaskPhase/ready``: such tasks are `waiting` here.
    public let phase: TaskPhase
    /// Its key, once it is done.
    public let key: Digest?
    /// How it came to its result, once it is done.
    public let origin: TaskOrigin?
    /// The highest attempt number granted; 0 when there was none.
    public let attempts: Int
    /// How the latest attempt ended; nil while it runs or when there was none.
    public let lastOutcome: AttemptOutcome?
    /// Who has or had the latest attempt.
    public let worker: WorkerID?
    /// What the latest attempt took, when it reported that.
    public let measurements: TaskMeasurements?
    /// Why the task, or else its latest attempt, failed.
    public let failure: TaskFailure?
    /// The result's facts as canonical JSON, once it is done and the result is valid.
    public let facts: [UInt8]?
    /// When it was done or failed, in milliseconds since 1970.
    public let endedAtUnixMs: Int64?
}
