public import Domain

/// What happened to a worker; the only way to change a ``WorkerCore``.
public enum WorkerEvent: Sendable {
    /// The process is up; the first event.
    case started(WorkerProfile)
    /// The answer to ``WorkerEffect/takeStock``: all blobs that the store holds.
    case stockTaken([Digest])
    /// The answer to a request, once for each ``WorkerEffect/send(_:timeoutMilliseconds:)`` at
    /// most.
    case reply(channel: String, sequence: UInt64, WorkerReply)
    /// A request timed out or its connection broke: no answer will come to this try.
    case lost(channel: String, sequence: UInt64)
    /// The inputs of a lease are at hand, or why not. Exactly one for each
    /// ``WorkerEffect/prepare(slot:_:)``, sooner after a ``WorkerEffect/kill(_:)``.
    case prepared(LeaseToken, TaskFailure?)
    /// The child is through with a lease. Exactly one for each ``WorkerEffect/run(slot:_:)``,
    /// sooner after a ``WorkerEffect/kill(_:)``.
    case finished(LeaseToken, RunOutcome)
    /// What became of an ``WorkerEffect/upload(_:_:)``: exactly one for each.
    case uploaded(Digest, LeaseToken?, UploadOutcome)
    /// The store no longer has these blobs: evicted, or deleted as told.
    case dropped([Digest])
    /// These blobs were found damaged and deleted.
    case damaged([Digest])
    /// Anonymous memory of all processes of the worker, for the next beat.
    case measured(anonymousBytes: Int)
    /// A person or the system wants the worker to end: the first time it drains, the second time
    /// it hands everything back and stops.
    case terminate
    /// Time passed; see ``WorkerEffect/wake(at:)``.
    case tick
}

/// How a run ended.
public enum RunOutcome: Sendable, Hashable {
    /// The function gave this.
    case result(TaskResult, TaskMeasurements)
    /// It failed, crashed or was killed.
    case failure(TaskFailure)
}

/// What became of sending a blob to the coordinator.
public enum UploadOutcome: Sendable, Hashable {
    /// The coordinator has it durably.
    case stored
    /// The coordinator could not be reached or wants it later; it is sent again after a while.
    case unreachable(String)
    /// The store does not have the blob (any more).
    case missing
    /// It will not help to send it again.
    case failed(TaskFailure)
}
