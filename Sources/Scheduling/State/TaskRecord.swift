import Domain

/// What the scheduler knows of a task.
struct TaskRecord: Sendable {
    /// Where a task stands; those that must run are `blocked`, `ready` or `leased`.
    enum State: Sendable {
        /// No task: the number is free.
        case vacant
        /// A producer's result is unknown, or no root needs the task.
        case unresolved
        /// The ledger is being asked.
        case lookingUp
        /// Bytes of an input are gone, or another task of the same key runs.
        case blocked
        case ready
        case leased
        case done
        case failed
    }

    var id: TaskID
    var job: Int
    var description: TaskDescription
    var state = State.unresolved
    /// For each input the task that gives it, or -1.
    var producers: [Int] = []
    /// For each input its blob's number, or -1 as long as it is unknown.
    var inputs: [Int] = []
    var inputsUnresolved = 0
    /// Tasks that read an output, each once.
    var consumers: [Int] = []
    var isRoot = false
    /// Whether a root needs it.
    var isWanted = false
    /// Whether its inputs count it among the readers that they wait for.
    var isReading = false
    var key: Digest?
    var result: TaskResult?
    var outputs: [Int] = []
    var origin: TaskOrigin?
    var recordedOrigin: TaskOrigin?
    /// Who computed the recorded result, and whether it was verified, before a restart.
    var restoredMaker: WorkerID?
    var wasVerified = false
    var madeBy: WorkerID?
    /// At most two: a straggler and its second attempt. On a done task it is a verification.
    var leases: [Lease] = []
    /// How many later tasks were started before it for being local.
    var passes = 0

    // Attempts.
    var attempts = 0
    /// Attempts up to this one were granted before a restart; their workers are not known.
    var restoredAttempts = 0
    var grants: [Int: WorkerID] = [:]
    /// Attempts that can not be taken up again: their workers ended them, or were started anew.
    var closedAttempts: Set<Int> = []
    /// Attempts that raised an alarm.
    var alarmedAttempts: Set<Int> = []
    /// Attempts before this one are stale: the task was given to somebody else since.
    var firstCurrentAttempt = 1
    /// Whether the scheduler has ``TaskTroubles`` of it.
    var isTroubled = false
    /// When it may be tried again.
    var notBefore: Moment?
    var verification = VerificationState.none

    static let vacant: TaskRecord = {
        var record = TaskRecord(
            id: TaskID(job: JobID("-"), name: TaskName("-")),
            job: -1,
            description: TaskDescription(
                name: TaskName("-"),
                kind: "",
                version: 0,
                parameters: [],
                inputs: [],
                outputs: [],
                stage: "",
                priority: 0,
                cost: TaskCost(flops: 0, memoryBytesMax: 0, outputBytes: 0)
            )
        )
        record.state = .vacant
        return record
    }()

    init(id: TaskID, job: Int, description: TaskDescription) {
        self.id = id
        self.job = job
        self.description = description
    }

    /// Whether it is to be run, now or when it can be.
    var mustRun: Bool { state == .blocked || state == .ready || state == .leased }

    /// Whether `token` was ever granted for it.
    func wasGranted(_ token: LeaseToken) -> Bool {
        guard token.attempt >= 1, token.attempt <= attempts else { return false }
        return token.attempt <= restoredAttempts || grants[token.attempt] == token.worker
    }

    /// Whether a result of `token` may become the task's: it was granted, its worker is not
    /// through with it, and nobody else was given the task since.
    func isCurrent(_ token: LeaseToken) -> Bool {
        wasGranted(token) && token.attempt >= firstCurrentAttempt
            && !closedAttempts.contains(token.attempt)
    }

    /// The live lease of `token`, if there is one.
    func lease(of token: LeaseToken) -> Lease? { leases.first { $0.token == token } }

    /// Whether its inputs have to stay where they are: it will read them.
    var needsInputs: Bool { isWanted && (state != .done || verification.isOpen) }

    /// What it adds to its stage's counts.
    var contribution: StageCounts {
        var counts = StageCounts()
        guard isWanted else { return counts }
        counts.total = 1
        counts.done = result != nil ? 1 : 0
        counts.cached = result != nil && origin == .cached ? 1 : 0
        counts.running = state == .leased ? 1 : 0
        counts.ready = state == .ready ? 1 : 0
        counts.failed = state == .failed ? 1 : 0
        let stands = state == .leased || state == .ready || state == .failed
        counts.waiting = result == nil && !stands ? 1 : 0
        return counts
    }
}
