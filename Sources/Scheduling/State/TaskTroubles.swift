import Domain

/// What went wrong with a task so far.
struct TaskTroubles: Sendable {
    /// One attempt that went wrong, and where.
    struct Mark: Sendable {
        let attempt: Int
        let host: Int
        let worker: WorkerID
        /// Which start of the worker's process; 0 before a restart of the coordinator.
        let incarnation: UInt64
        let failureClass: FailureClass
        /// Whether the task should rather go elsewhere.
        let isAvoided: Bool
    }

    private(set) var marks: [Mark] = []
    /// Attempts whose workers fell silent before they accepted them: they may have died of it.
    var doubtful: [Mark] = []
    /// Attempts whose worker died.
    var lost = 0
    /// Attempts that a living worker knows nothing of.
    var forgotten = 0
    var crashes = 0
    var deterministic = 0
    var timeouts = 0
    var environment = 0
    var lostInputs = 0
    /// Runs that should have made lost bytes again and gave others.
    var mismatches = 0
    /// It ran out of memory in a slot of this many bytes.
    var tooSmallBytes: Int?
    /// How long the attempt ran that took too long, in milliseconds.
    var timedOutMilliseconds: Int64 = 0
    /// When something went wrong last.
    var since: Moment?

    private static let marksMax = 128

    mutating func note(_ mark: Mark) {
        if marks.count >= Self.marksMax { marks.removeFirst() }
        marks.append(mark)
    }

    /// Takes back that `attempt` was lost with its worker, which turned out to be alive.
    mutating func forgive(_ attempt: Int, of worker: WorkerID) {
        let before = marks.count
        marks.removeAll {
            $0.attempt == attempt && $0.worker == worker && $0.failureClass == .lostWorker
        }
        lost -= before - marks.count
    }

    /// Hosts that died or whose process crashed while they ran the task, each once, in order.
    var stricken: [Int] {
        var hosts: [Int] = []
        for mark in marks where mark.failureClass == .lostWorker || mark.failureClass == .crashed {
            if !hosts.contains(mark.host) { hosts.append(mark.host) }
        }
        return hosts
    }

    /// Those and the hosts that may turn out to have died, each once, in order.
    var endangered: [Int] {
        var hosts = stricken
        for mark in doubtful where !hosts.contains(mark.host) { hosts.append(mark.host) }
        return hosts
    }

    /// How bad a choice a worker is: 2 where the task failed, 1 on the same host, else 0.
    func reluctance(of worker: WorkerID, on host: Int) -> Int {
        var reluctance = 0
        for mark in marks where mark.isAvoided {
            if mark.worker == worker { return 2 }
            if mark.host == host { reluctance = 1 }
        }
        return reluctance
    }
}
