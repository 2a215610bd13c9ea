import Domain

/// What the scheduler knows of a job.
struct JobRecord: Sendable {
    let id: JobID
    let title: String
    var phase = JobPhase.running
    var reason: String?
    var tasks: [Int] = []
    var rootNames: Set<TaskName> = []
    /// Names of roots that have not been added as tasks.
    var missingRoots: Set<TaskName> = []
    /// Roots among the tasks that are not done.
    var rootsLeft = 0
    var isComplete = false
    var ready = ReadyTasks()
    var counts: [String: StageCounts] = [:]
    var stageOrder: [String] = []
    var running = 0
    var recomputations = 0
    var flopsLeft = 0.0
    var flopsSeen = 0.0
    var secondsSeen = 0.0

    init(id: JobID, title: String) {
        self.id = id
        self.title = title
    }
}
