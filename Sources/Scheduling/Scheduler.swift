public import Domain

/// Decides who does what next: events in, effects out, time as an argument.
///
/// A value without I/O, clock or randomness: equal events at equal moments give equal effects,
/// so a whole cluster's life can be played in one thread. After every event the shell performs
/// the effects in order; ``Effect/lookUp(_:key:)`` is answered at once by another event, all
/// others later or never.
///
/// A task goes through these states. Its inputs' producers give their results (digests); then
/// its key is known and looked up; a found result makes it done without any bytes. Otherwise it
/// must run, which it can as soon as each input's bytes are reachable: kept by the coordinator
/// or by a worker whose folder some connected worker can read. Bytes that are gone make their
/// producer run again, and its producers in turn where theirs are gone as well (lineage).
/// Two tasks of one key never run at the same time: the later one waits and is done as cached.
/// A straggler may have a second attempt elsewhere, and a done task a verification.
public struct Scheduler: Sendable {
    var jobs: [JobRecord] = []
    var jobIndices: [JobID: Int] = [:]
    /// Indices of the jobs that are not over, in the order of submission.
    var openJobs: [Int] = []
    var tasks = Slab<TaskRecord>(vacant: .vacant)
    var taskIndices: [TaskID: Int] = [:]
    var blobs = Slab<BlobRecord>(vacant: .vacant)
    var blobIndices: [Digest: Int] = [:]
    var workers = Slab<WorkerRecord>(vacant: .vacant)
    var workerIndices: [WorkerID: Int] = [:]
    var hosts = HostRegister()
    /// Tasks of each key whose key is known, done or not.
    var siblings: [Digest: [Int]] = [:]
    /// The one task of each key that is ready or leased.
    var leaders: [Digest: Int] = [:]
    /// Tasks with a lease that are leased or, for a verification, done.
    var leased: Set<Int> = []
    /// What went wrong with tasks, for those with which something did.
    var troubles: [Int: TaskTroubles] = [:]
    var delayed = DelayedTasks()
    /// Tasks that ran out of memory and are not done.
    var memoryHungry: Set<Int> = []
    var verifications: [Int: Verification] = [:]
    /// Leased tasks that take suspiciously long, as of the last tick, the longest first.
    var stragglers: [Int] = []
    var quarantines = QuarantineRegister()
    /// Workers whose streak of failures is long enough to drain them.
    var suspects: Set<Int> = []
    /// Workers that should be drained but are the only ones.
    var lastStanding: Set<Int> = []
    /// Tasks that workers completed.
    var completions = 0
    var isGranting = true
    let policy: SchedulerPolicy
    var parked = ParkedRequests()
    /// Workers that have reported since the last tick: their slots ask at any moment.
    var expected: Set<Int> = []
    /// For some of them a ready task that waiting workers do not get meanwhile.
    var kept: [Int: Int] = [:]
    /// Outputs of workers that have not said hello since the start.
    var unclaimed: [WorkerID: Set<Digest>] = [:]
    var histories: [TaskID: Restoration.History]
    var restoredLeases: [TaskID: [LeaseToken]] = [:]
    var restoredDrains: [WorkerID: DrainedWorker] = [:]
    var restoredProcesses: [WorkerID: WorkerProcess] = [:]
    /// Every attempt's number is above it.
    private(set) var attemptFloor = 0
    /// Until when lost bytes are not computed again; nil when that is over.
    var graceEnd: Moment?
    let coordinatorHost: String?

    // What the current event has left to do; empty between events.
    var now: Moment
    var effects: [Effect] = []
    var toEvaluate: [Int] = []
    var newlyReady: [Int] = []
    var maybeFinished: Set<Int> = []
    var toPurge: [Int] = []
    /// Workers with waiting requests that have a slot more than before.
    var freed: Set<Int> = []
    /// Counts events, so that a lease knows which holders it was told of.
    var serial: UInt64 = 0

    /// Runs granted to make lost bytes again, over all jobs.
    public internal(set) var recomputations = 0

    /// A scheduler for a coordinator that knows nothing yet.
    ///
    /// - Parameter coordinatorHost: the host of the coordinator's own store, to which transfers
    ///   are cheap for workers of the same host.
    /// - Parameter policy: what it may do beyond running every task once.
    public init(
        startedAt: Moment,
        coordinatorHost: String? = nil,
        policy: SchedulerPolicy = SchedulerPolicy()
    ) {
        histories = [:]
        now = startedAt
        self.coordinatorHost = coordinatorHost
        self.policy = policy
    }

    /// A scheduler after a restart of the coordinator.
    ///
    /// Jobs and tasks are added again by events. Attempt numbers go on where the ledger's end,
    /// open leases live for ``Limits/leaseMilliseconds`` so that running work is taken over,
    /// lost bytes are not computed again before ``Limits/restartGraceMilliseconds``, and what
    /// went wrong with a task still counts.
    public init(
        restoring restoration: Restoration,
        startedAt: Moment,
        coordinatorHost: String? = nil,
        policy: SchedulerPolicy = SchedulerPolicy()
    ) {
        self.init(startedAt: startedAt, coordinatorHost: coordinatorHost, policy: policy)
        histories = restoration.histories
        graceEnd = startedAt + Limits.restartGraceMilliseconds
        for token in restoration.openLeases.sorted() {
            var tokens = restoredLeases[token.task, default: []]
            tokens.removeAll { $0.worker == token.worker }
            tokens.append(token)
            restoredLeases[token.task] = Array(tokens.suffix(2))
            histories[token.task, default: .init(attempts: 0)].attempts = max(
                token.attempt,
                histories[token.task]?.attempts ?? 0
            )
        }
        for drained in restoration.drained { restoredDrains[drained.worker] = drained }
        for process in restoration.processes { restoredProcesses[process.worker] = process }
        attemptFloor = restoration.attemptFloor
    }

    /// Takes note of `event`.
    ///
    /// - Parameter now: the moment of the event; never before an earlier event's.
    /// - Returns: the answer to the event's sender and what is to be done, in order.
    public mutating func handle(_ event: Event, at now: Moment) -> Reaction {
        self.now = max(now, self.now)
        serial += 1
        let answer = react(to: event)
        settle()
        if event.isForAllRequests {
            fillParkedRequests()
        } else {
            offerNewlyReady()
            fillFreedSlots()
        }
        // Looking for something to verify may have ended the last verification of a job.
        settle()
        freed.removeAll(keepingCapacity: true)
        newlyReady.removeAll(keepingCapacity: true)
        let effects = self.effects
        self.effects = []
        return Reaction(answer: answer, effects: effects)
    }

    private mutating func react(to event: Event) -> Answer {
        switch event {
        case .jobAdded(let job, let title): addJob(job, title: title)
        case .tasksAdded(let job, let tasks, let roots, let complete):
            addTasks(tasks, roots: roots, complete: complete, to: job)
        case .resultFound(let task, let result, let held): found(result, held: held, for: task)
        case .resultNotFound(let task): foundNothing(for: task)
        case .jobCancelled(let job, let reason): end(job, .cancelled, reason: reason)
        case .jobFailed(let job, let reason): end(job, .failed, reason: reason)
        case .workerJoined(let description, let held, let leases):
            return join(description, held: held, leases: leases)
        case .workerHolds(let worker, let held): return addHoldings(held, of: worker)
        case .workerDisconnected(let worker): disconnect(worker)
        case .drainWorker(let worker): drain(worker)
        case .beat(let worker, let incarnation, let running, let dropped):
            return beat(worker, incarnation: incarnation, running: running, dropped: dropped)
        case .slotFree(let worker, let incarnation, let slot, let requestID, let waits):
            return lease(
                worker, incarnation: incarnation, slot: slot, requestID: requestID, waits: waits)
        case .completed(let token, let result, let measurements):
            return .completion(complete(token, result, measurements))
        case .failed(let token, let failure): return .completion(fail(token, failure))
        case .coordinatorHolds(let digests): keep(digests)
        case .coordinatorLost(let digests): lose(digests)
        case .granting(let isAllowed): isGranting = isAllowed
        case .tick: tick()
        }
        return .none
    }

    /// Works off everything that follows from the event.
    private mutating func settle() {
        repeat {
            while let task = toEvaluate.popLast() { evaluate(task) }
            finishJobs()
            purgeJobs()
        } while !toEvaluate.isEmpty || !maybeFinished.isEmpty
    }
}

extension Event {
    /// Whether it may have changed what suits any of the waiting requests.
    var isForAllRequests: Bool {
        switch self {
        case .tick, .granting: true
        default: false
        }
    }
}
