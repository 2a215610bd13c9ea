public import Domain

/// What the ledger still knows of the attempts of jobs that are not over, after a restart.
///
/// The jobs and their tasks are added again by events, as the replayed drivers ask for them;
/// results come back through look-ups.
public struct Restoration: Sendable {
    /// What is recorded of one task.
    public struct History: Sendable, Hashable {
        /// The highest attempt number ever recorded.
        public var attempts: Int
        /// What went wrong with ended attempts, in order; without it a task that brings hosts
        /// down would be given new ones after each restart.
        public var troubles: [TaskTrouble]
        /// How the task came to its result, when it is recorded as done.
        public var origin: TaskOrigin?
        /// Who computed the result; without it a chosen result is not verified any more.
        public var madeBy: WorkerID?
        /// Whether an attempt ended as ``AttemptOutcome/verified``.
        public var isVerified: Bool

        /// A history from its parts.
        public init(
            attempts: Int,
            troubles: [TaskTrouble] = [],
            origin: TaskOrigin? = nil,
            madeBy: WorkerID? = nil,
            isVerified: Bool = false
        ) {
            self.attempts = attempts
            self.troubles = troubles
            self.origin = origin
            self.madeBy = madeBy
            self.isVerified = isVerified
        }
    }

    /// Histories of all tasks that have one.
    public var histories: [TaskID: History]
    /// Attempts that were recorded and not ended; for each task only the latest two count.
    public var openLeases: [LeaseToken]
    /// Workers that were drained for being sick.
    public var drained: [DrainedWorker]
    /// The last known process of each worker: another one has taken the place of one that died.
    public var processes: [WorkerProcess]
    /// Attempts are numbered from the one after this at least; above 0 once an older copy of the
    /// ledger was put back, which does not know which numbers were granted since.
    public var attemptFloor: Int

    /// A restoration from its parts.
    public init(
        histories: [TaskID: History] = [:],
        openLeases: [LeaseToken] = [],
        drained: [DrainedWorker] = [],
        processes: [WorkerProcess] = [],
        attemptFloor: Int = 0
    ) {
        self.processes = processes
        self.attemptFloor = attemptFloor
        self.histories = histories
        self.openLeases = openLeases
        self.drained = drained
    }
}

/// One attempt that went wrong.
public struct TaskTrouble: Sendable, Hashable {
    /// The worker's host, as the worker named it.
    public let host: String
    /// The worker.
    public let worker: WorkerID
    /// How it went wrong. Classes that nobody is to blame for are ignored.
    public let failureClass: FailureClass
    /// What a task of that worker could use, in bytes; 0 when it is not known.
    public let memoryBytesPerSlot: Int

    /// A trouble from its parts.
    public init(
        host: String,
        worker: WorkerID,
        failureClass: FailureClass,
        memoryBytesPerSlot: Int = 0
    ) {
        self.host = host
        self.worker = worker
        self.failureClass = failureClass
        self.memoryBytesPerSlot = memoryBytesPerSlot
    }
}

/// A worker's process as it was last known.
public struct WorkerProcess: Sendable, Hashable {
    /// The worker.
    public let worker: WorkerID
    /// Which start of its process.
    public let incarnation: UInt64
    /// Its host.
    public let host: String

    /// A process from its parts.
    public init(worker: WorkerID, incarnation: UInt64, host: String) {
        self.worker = worker
        self.incarnation = incarnation
        self.host = host
    }
}

/// A worker's process that gets no more work because it was sick.
public struct DrainedWorker: Sendable, Hashable {
    /// The worker.
    public let worker: WorkerID
    /// Which start of its process; a later one gets work again.
    public let incarnation: UInt64
    /// Why.
    public let reason: String

    /// A drained worker from its parts.
    public init(worker: WorkerID, incarnation: UInt64, reason: String) {
        self.worker = worker
        self.incarnation = incarnation
        self.reason = reason
    }
}
