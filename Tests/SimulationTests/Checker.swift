import Domain

/// What the simulator knows better than the simulated: every promise that was made, and every
/// excuse that a fault gave.
struct Checker {
    /// How often a task failed by a fault, which may excuse that its job failed.
    struct Blows {
        var deterministic = 0
        var failures = 0
        /// Out of memory where no larger worker may be.
        var shortages = 0
        var environment = 0
        var lostInputs = 0
        var lost = 0
        var lostHosts: Set<String> = []
        /// Hosts of workers that fell silent before they had accepted it: they may have died of it.
        var doubtfulHosts: Set<String> = []

        /// Whether a scheduler may give the task up.
        var areFatal: Bool {
            deterministic >= Limits.deterministicFailuresMax || failures >= 3 || shortages > 0
                || environment >= 2
                || lostInputs >= 32 || lost >= Limits.lostAttemptsMax
                || lostHosts.union(doubtfulHosts).count >= Limits.poisonedHostsMax
        }
    }

    private(set) var wrong: [String] = []
    /// Submissions whose client was told that the job is recorded.
    private(set) var acknowledged: Set<Int> = []
    private(set) var acknowledgedJobs: Set<JobID> = []
    /// Tasks whose worker was told that its result counts.
    var acceptedTasks: Set<TaskID> = []
    var cancelled: Set<JobID> = []
    /// Blobs of which some copy was ever out of reach: their tasks may run again.
    var excused: Set<Digest> = []
    /// Blobs of the coordinator of which a bit was flipped.
    var flipped: Set<Digest> = []
    private(set) var blows: [TaskID: Blows] = [:]
    /// Hosts that each poison task took down.
    private(set) var victims: [TaskID: Set<String>] = [:]
    private(set) var kills: [TaskID: Int] = [:]
    var quarantined: Set<TaskID> = []

    /// Leases that the scheduler granted and has not ended.
    var live: [TaskID: Set<LeaseToken>] = [:]
    var lastAttempt: [TaskID: Int] = [:]
    /// For leases that were taken away, the task's last attempt by then.
    var lostAt: [LeaseToken: Int] = [:]
    var origins: [TaskID: TaskOrigin] = [:]
    /// Which request got each lease.
    var grantedTo: [LeaseToken: CallName] = [:]
    var attemptsSent: [TaskID: Set<Int>] = [:]
    var attempts = 0
    private(set) var coordinatorStarts = 0
    var reruns = 0
    /// Results by job and task, as the driver was told.
    var finalResults: [JobID: [TaskName: TaskResult]] = [:]
    var deadSince: [LeaseToken: Int64] = [:]
    var checks = 0

    var isSound: Bool { wrong.isEmpty }

    mutating func fail(_ text: String) {
        if wrong.count < 20 { wrong.append(text) }
    }

    mutating func acknowledge(_ number: Int, _ job: JobID) {
        acknowledged.insert(number)
        acknowledgedJobs.insert(job)
    }

    mutating func count(_ failureClass: FailureClass, of token: LeaseToken, on host: String) {
        var blows = self.blows[token.task] ?? Blows()
        switch failureClass {
        case .deterministic: blows.deterministic += 1
        case .outOfMemory:
            blows.failures += 1
            blows.shortages += 1
        case .crashed:
            blows.failures += 1
            blows.lostHosts.insert(host)
        case .timeout: blows.failures += 1
        case .environment: blows.environment += 1
        case .lostInput: blows.lostInputs += 1
        case .lostWorker:
            blows.lost += 1
            blows.lostHosts.insert(host)
        case .cancelled: break
        }
        self.blows[token.task] = blows
    }

    mutating func doubt(_ token: LeaseToken, _ host: String) {
        blows[token.task, default: Blows()].doubtfulHosts.insert(host)
    }

    mutating func poison(_ token: LeaseToken, _ host: String) {
        victims[token.task, default: []].insert(host)
        kills[token.task, default: 0] += 1
        // A coordinator that starts anew cannot tell a worker that died meanwhile from one that
        // merely gave the task up.
        if let hosts = victims[token.task],
            hosts.count > Limits.poisonedHostsMax + coordinatorStarts - 1
        {
            fail("P6: the poison task \(token.task) took \(hosts.count) hosts down: \(hosts)")
        }
        if let count = kills[token.task],
            count > Limits.lostAttemptsMax + coordinatorStarts - 1
        {
            fail("P6: the poison task \(token.task) took workers down \(count) times")
        }
    }

    /// The scheduler could not know that the lease had arrived: its worker's death is no blow.
    mutating func spare(_ token: LeaseToken) {
        if kills[token.task, default: 0] > 0 { kills[token.task, default: 0] -= 1 }
    }

    /// Whether a result of this lease may count: it lives, or nobody got the task since.
    func mayAccept(_ token: LeaseToken) -> Bool {
        live[token.task]?.contains(token) == true || lastAttempt[token.task] == token.attempt
            || (lostAt[token] != nil && lostAt[token] == lastAttempt[token.task])
    }

    /// Acknowledged things are in what a new coordinator reads.
    mutating func noteCoordinatorStart(_ books: SimulatedLedger.Books) {
        coordinatorStarts += 1
        for job in acknowledgedJobs where !books.jobs.contains(job) {
            fail("S1: the acknowledged submission of \(job) is gone")
        }
        checkAccepted(books)
        live = books.open.mapValues { Set($0) }
        lastAttempt = books.attempts
        deadSince = [:]
        for (task, attempts) in attemptsSent {
            if let last = attempts.max(), last > books.attempts[task] ?? 0 {
                fail("S3: the granted attempt \(last) of \(task) is not recorded")
            }
        }
    }

    mutating func checkAccepted(_ books: SimulatedLedger.Books) {
        for task in acceptedTasks.sorted() where books.phasesOfTasks[task] != .done {
            fail("S2: the accepted result of \(task) is gone")
        }
    }
}
