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
    var madeBy: WorkerID?
    var lease: Lease?
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
    var troubles = TaskTroubles()

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

/// A live lease.
struct Lease: Sendable {
    let token: LeaseToken
    let since: Moment
    var expires: Moment
    /// The serial of the grant: holders known by then are those that the worker was told of.
    let serial: UInt64
}

/// What went wrong with a task so far.
struct TaskTroubles: Sendable {
    /// Attempts that were lost with their worker, and those workers' hosts.
    var lost = 0
    var lostHosts: [String] = []
    /// Crashes, memory shortages, unusable results.
    var failures = 0
    var deterministic = 0
    var lostInputs = 0
    var environment = 0
    var environmentByWorker: [WorkerID: Int] = [:]
    /// Workers that should not try again as long as there is another.
    var benched: Set<WorkerID> = []
    /// It ran out of memory in a slot of this many bytes.
    var tooSmallBytes: Int?

    /// Whether every worker suits alike.
    var isNone: Bool { benched.isEmpty && tooSmallBytes == nil }
}
