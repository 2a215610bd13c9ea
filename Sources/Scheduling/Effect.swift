public import Domain

/// What the shell shall do, in this order: `record…` effects of an event come before the `grant`
/// that rests on them, and are to be durable before it is sent.
public enum Effect: Sendable, Hashable {
    /// Ask the ledger whether `key` has a result and answer at once with
    /// ``Event/resultFound(_:_:held:)`` or ``Event/resultNotFound(_:)``.
    case lookUp(TaskID, key: Digest)
    /// The attempt is about to be granted; its number must never be granted again.
    case recordAttempt(LeaseToken)
    /// The attempt is over. One that ended as lost may end again when its late answer arrives.
    case recordAttemptEnd(LeaseToken, outcome: AttemptOutcome, failure: TaskFailure?)
    /// `key` has this result from now on.
    case recordResult(
        TaskID,
        key: Digest,
        kind: String,
        result: TaskResult,
        measurements: TaskMeasurements?,
        token: LeaseToken?
    )
    /// The task is done or failed; at most once for each task, over restarts too.
    case recordTask(TaskID, phase: TaskPhase, key: Digest?, origin: TaskOrigin?)
    /// The job is over.
    case recordJob(JobID, phase: JobPhase, reason: String?)
    /// The task's result is known: tell the job's driver. Once for each task and scheduler.
    case taskDone(TaskID, TaskResult)
    /// Answer the parked request with a lease. `ahead` are inputs that the worker lacks of the
    /// task that it will probably get next.
    case grant(
        requestID: UInt64,
        token: LeaseToken,
        task: TaskDescription,
        inputs: [ResolvedInput],
        ahead: [ResolvedInput] = []
    )
    /// Answer the parked request: nothing to do now, ask again.
    case decline(requestID: UInt64)
    /// Two runs of one key gave different bytes; the first result stays.
    case alarm(Nondeterminism)
    /// The task brought down these hosts, at least ``SchedulerPolicy/quarantineHosts``, and is
    /// not tried again; its job fails.
    case quarantined(TaskID, hosts: [String], reason: String)
    /// A sick worker gets no more work until it is started anew.
    case workerDrained(WorkerID, reason: String)
}

/// How an attempt ended.
public enum AttemptOutcome: String, Sendable, Codable, CaseIterable {
    /// Its result is the task's result.
    case done
    /// It computed again bytes that were lost.
    case recomputed
    /// It failed by itself; the failure says how.
    case failed
    /// Its worker went away or fell silent; if nobody is to blame for it, the failure's class
    /// is ``FailureClass/cancelled``.
    case lost
    /// Another attempt was faster, or the job is over.
    case superseded
    /// Its worker never showed that it got the grant; nobody is to blame.
    case unaccepted
    /// It gave the known result a second time, as it was meant to.
    case verified
    /// Its result differs from the one known for the key.
    case mismatch
}

/// An input of a granted task: which blob it is and where its bytes are.
public struct ResolvedInput: Sendable, Hashable {
    /// What the task kind calls the input.
    public let name: String
    /// The bytes' name and length.
    public let blob: BlobReference
    /// Up to 8 workers to have them from, best first: the worker itself, those of its host (also
    /// dead ones: their folders can be read), then connected ones. For a dead holder on another
    /// host a connected worker of that host stands in, which can read the folder.
    public let holders: [WorkerID]
    /// Whether the coordinator's own store has them.
    public let durable: Bool

    /// An input from its parts.
    public init(name: String, blob: BlobReference, holders: [WorkerID], durable: Bool) {
        self.name = name
        self.blob = blob
        self.holders = holders
        self.durable = durable
    }
}

/// Two runs of one key gave different bytes.
public struct Nondeterminism: Sendable, Hashable, CustomStringConvertible {
    /// The task whose second result came.
    public let task: TaskID
    /// Its key.
    public let key: Digest
    /// Who gave the result that stays; nil when it comes from an earlier run.
    public let firstWorker: WorkerID?
    /// Who gave the differing one.
    public let secondWorker: WorkerID
    /// The result that stays.
    public let first: TaskResult
    /// The differing result.
    public let second: TaskResult

    /// A sentence that names both workers, the task and the first digest that differs.
    public var description: String {
        let pairs = zip(first.outputs, second.outputs)
        let differing = pairs.first { $0.blob != $1.blob }
        let detail =
            differing.map {
                "output \($0.name) is \($0.blob.digest.short) and \($1.blob.digest.short)"
            } ?? "their facts differ"
        let earlier = firstWorker.map { "worker \($0)" } ?? "an earlier run"
        return "Task \(task) (key \(key.short)) gave different results on \(earlier) and on "
            + "worker \(secondWorker): \(detail); the first stays. Compare the CPU types of both "
            + "machines or use portable math."
    }
}
