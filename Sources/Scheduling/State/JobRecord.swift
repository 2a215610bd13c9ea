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
    /// Done tasks whose results wait to be computed a second time.
    var toVerify = ReadyTasks()
    var verifications = VerificationCounts()
    /// Since when it waits for verifications only.
    var verifyingSince: Moment?
    /// Second attempts of stragglers in each stage.
    var speculated: [String: Int] = [:]
    /// What tasks of each kind took.
    var costs: [String: LearnedCost] = [:]
    /// Wanted tasks of each kind without a result.
    var left: [String: WorkLeft] = [:]
    var flopsLeft = 0.0
    var flopsSeen = 0.0
    var secondsSeen = 0.0

    /// Whether nothing but verifications is left to do.
    var isOtherwiseDone: Bool { isComplete && rootsLeft == 0 && missingRoots.isEmpty }

    init(id: JobID, title: String) {
        self.id = id
        self.title = title
    }
}
