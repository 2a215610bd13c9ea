import Domain
import Scheduling

/// The coordinator's database: what is recorded, and what a power cut leaves of it.
///
/// With `synchronous = FULL` a transaction that was acknowledged is on the disk. With `NORMAL`
/// it may still be in the log's unwritten end: a variant that the simulator must catch.
struct SimulatedLedger {
    enum Change {
        case jobAdded(JobID)
        case attempt(LeaseToken)
        case attemptEnd(LeaseToken, AttemptOutcome, TaskTrouble?)
        case result(TaskID, key: Digest, TaskResult)
        case taskOver(TaskID, TaskPhase, TaskOrigin?)
        case jobOver(JobID, JobPhase, String?)
        case drained(DrainedWorker)
        case worker(WorkerProcess)
    }

    /// What a reader of the database sees.
    struct Books {
        var jobs: [JobID] = []
        var phases: [JobID: JobPhase] = [:]
        var reasons: [JobID: String] = [:]
        var results: [Digest: TaskResult] = [:]
        var attempts: [TaskID: Int] = [:]
        var open: [TaskID: [LeaseToken]] = [:]
        var troubles: [TaskID: [TaskTrouble]] = [:]
        var phasesOfTasks: [TaskID: TaskPhase] = [:]
        var origins: [TaskID: TaskOrigin] = [:]
        var makers: [TaskID: WorkerID] = [:]
        var verified: Set<TaskID> = []
        var drained: [DrainedWorker] = []
        var processes: [WorkerID: WorkerProcess] = [:]
        /// What must never be recorded.
        var wrong: [String] = []

        mutating func apply(_ change: Change) {
            switch change {
            case .jobAdded(let job): jobs.append(job)
            case .attempt(let token):
                if token.attempt <= attempts[token.task] ?? 0 {
                    wrong.append("S3: the attempt \(token) repeats a number")
                }
                attempts[token.task] = token.attempt
                open[token.task, default: []].append(token)
            case .attemptEnd(let token, let outcome, let trouble):
                open[token.task]?.removeAll { $0 == token }
                if let trouble { troubles[token.task, default: []].append(trouble) }
                if outcome == .done { makers[token.task] = token.worker }
                if outcome == .verified { verified.insert(token.task) }
            case .result(let task, let key, let result):
                if let known = results[key] {
                    wrong.append(
                        "S2: \(task) gave a second result for the key \(key.short), "
                            + (known == result ? "the same" : "another"))
                }
                results[key] = result
            case .taskOver(let task, let phase, let origin):
                if phasesOfTasks[task] == .done, phase == .done {
                    wrong.append("S2: the task \(task) is done twice")
                }
                phasesOfTasks[task] = phase
                if let origin { origins[task] = origin }
            case .jobOver(let job, let phase, let reason):
                if phases[job] != nil { wrong.append("S2: the job \(job) is over twice") }
                phases[job] = phase
                reasons[job] = reason
            case .drained(let worker): drained.append(worker)
            case .worker(let process): processes[process.worker] = process
            }
        }

        /// What a coordinator reads at its start.
        var restoration: Restoration {
            let running = Set(jobs.filter { phases[$0] == nil })
            var histories: [TaskID: Restoration.History] = [:]
            for (task, count) in attempts where running.contains(task.job) {
                histories[task] = Restoration.History(
                    attempts: count, troubles: troubles[task] ?? [], origin: origins[task],
                    madeBy: makers[task], isVerified: verified.contains(task))
            }
            for (task, origin) in origins
            where running.contains(task.job) && histories[task] == nil {
                histories[task] = Restoration.History(attempts: 0, origin: origin)
            }
            let leases = open.filter { running.contains($0.key.job) }.values.flatMap { $0 }
            return Restoration(
                histories: histories, openLeases: leases.sorted(), drained: drained,
                processes: processes.values.sorted { $0.worker < $1.worker })
        }
    }

    private(set) var books = Books()
    /// Whether an acknowledged transaction may be lost by a power cut.
    let isNormal: Bool
    private var synced = Books()
    private var unsynced: [Change] = []

    init(isNormal: Bool) {
        self.isNormal = isNormal
    }

    /// One transaction.
    mutating func commit(_ changes: [Change]) {
        for change in changes { books.apply(change) }
        if isNormal { unsynced += changes }
    }

    /// A checkpoint: everything is on the disk.
    mutating func checkpoint() {
        for change in unsynced { synced.apply(change) }
        unsynced = []
    }

    mutating func losePower() {
        guard isNormal else { return }
        books = synced
        unsynced = []
    }
}
