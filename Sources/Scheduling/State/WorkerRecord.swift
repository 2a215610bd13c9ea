import Domain

/// What the scheduler knows of a worker.
struct WorkerRecord: Sendable {
    var description: WorkerDescription
    /// The number of its host.
    var host: Int
    var presence = WorkerStatus.Presence.connected
    var awaySince: Moment
    var lastBeat: Moment
    var isDraining = false
    var held: Set<Int> = []
    /// Transient blobs that it shall delete and has not yet.
    var toRelease: Set<Digest> = []
    var leases: Set<Int> = []
    /// Attempts taken away because nothing was heard of the worker after their grants.
    var doubtful: [TaskID] = []
    var completed = 0
    var failed = 0
    var pace = Pace()

    // Its health since the start of its process.
    /// Tasks that failed on it and then succeeded on another worker.
    var blamed: Set<TaskID> = []
    /// Different tasks that crashed or found no proper surroundings, with no success between.
    var streak: [TaskID] = []
    /// Successes in a row since it was last blamed.
    var successesSinceBlame = 0
    /// How many tasks other workers had completed when the streak began.
    var elsewhereAtStreak = 0
    /// Why it was drained without anybody asking for it.
    var drainReason: String?
    /// Why it should be drained but is not, being the last one.
    var trouble: String?

    /// Forgets what an earlier process did.
    mutating func becomeHealthy() {
        blamed = []
        successesSinceBlame = 0
        streak = []
        drainReason = nil
        trouble = nil
        isDraining = false
    }

    var id: WorkerID { description.id }

    static let vacant = WorkerRecord(
        description: WorkerDescription(
            id: WorkerID("(none)"),
            incarnation: 0,
            slots: 1,
            memoryBytes: 0,
            host: "",
            address: ""
        ),
        host: -1,
        awaySince: Moment(milliseconds: 0),
        lastBeat: Moment(milliseconds: 0)
    )
}
