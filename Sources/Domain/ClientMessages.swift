/// What a command asks of the coordinator.
public enum ClientRequest: Sendable, Hashable {
    /// Starts a job whose specification is already in the coordinator's store.
    case submit(JobSubmission)
    /// One job's status.
    case job(JobID)
    /// The latest jobs.
    case jobs(limit: Int)
    /// A page of a job's tasks.
    case tasks(JobID, offset: Int, limit: Int, phase: TaskPhase?)
    /// All workers.
    case workers
    /// Stops a job.
    case cancel(JobID)
    /// Who are you?
    case identify
}

/// The coordinator's answer to a command.
public enum ClientReply: Sendable, Hashable {
    /// JSON whose shape belongs to the request.
    case answer([UInt8])
    /// The request cannot be met.
    case refused(String, notFound: Bool)
}

/// The coordinator's address book entry, in answer to ``ClientRequest/identify``.
public struct CoordinatorIdentity: Sendable, Hashable, Codable {
    /// Version of its software.
    public let software: String
    /// Where it serves blobs.
    public let blobAddress: String
    /// Its host.
    public let host: String
    /// Its blob folder.
    public let storePath: String

    /// An identity from its parts.
    public init(software: String, blobAddress: String, host: String, storePath: String) {
        self.software = software
        self.blobAddress = blobAddress
        self.host = host
        self.storePath = storePath
    }
}

/// The name of a job that was just submitted.
public struct SubmittedJob: Sendable, Hashable, Codable {
    /// The job.
    public let job: JobID

    /// The job `job` was submitted.
    public init(job: JobID) {
        self.job = job
    }
}

/// How far a stage of a job has come.
public struct StageStatus: Sendable, Hashable, Codable {
    /// The stage's name.
    public let name: String
    /// All its tasks.
    public let total: Int
    /// Those with a result.
    public let done: Int
    /// Those whose result came from an earlier run.
    public let cached: Int
    /// Those that a worker runs now.
    public let running: Int

    /// A stage's counts.
    public init(name: String, total: Int, done: Int, cached: Int, running: Int) {
        self.name = name
        self.total = total
        self.done = done
        self.cached = cached
        self.running = running
    }
}

/// The layer with the largest error so far.
public struct LayerStatus: Sendable, Hashable, Codable {
    /// The layer's name.
    public let layer: String
    /// Its relative output error.
    public let error: Double

    /// The layer `layer` has the relative output error `error`.
    public init(layer: String, error: Double) {
        self.layer = layer
        self.error = error
    }
}

/// A job as `status` shows it.
public struct JobStatus: Sendable, Hashable, Codable {
    /// The job.
    public let job: JobID
    /// What people call it.
    public let title: String
    /// Where it stands.
    public let phase: JobPhase
    /// Why it failed or was cancelled.
    public let reason: String?
    /// Its stages in their order.
    public let stages: [StageStatus]
    /// Layers solved so far, of how many.
    public let layersDone: Int
    /// Layers that will be solved.
    public let layersTotal: Int
    /// The layer with the largest error so far.
    public let worstLayer: LayerStatus?
    /// Seconds since its submission.
    public let elapsedSeconds: Double
    /// Estimated seconds until it is done; nil when nothing is known yet.
    public let remainingSeconds: Double?
    /// Tasks that ran again because their intermediate bytes were lost.
    public let recomputed: Int
    /// Attempts that failed or were lost.
    public let retries: Int
    /// Results of equal keys that differed between machines; a sentence each.
    public let alarms: [String]
    /// What was submitted.
    public let submission: JobSubmission

    /// A status from its parts.
    public init(
        job: JobID, title: String, phase: JobPhase, reason: String?, stages: [StageStatus],
        layersDone: Int, layersTotal: Int, worstLayer: LayerStatus?, elapsedSeconds: Double,
        remainingSeconds: Double?, recomputed: Int, retries: Int, alarms: [String],
        submission: JobSubmission
    ) {
        self.job = job
        self.title = title
        self.phase = phase
        self.reason = reason
        self.stages = stages
        self.layersDone = layersDone
        self.layersTotal = layersTotal
        self.worstLayer = worstLayer
        self.elapsedSeconds = elapsedSeconds
        self.remainingSeconds = remainingSeconds
        self.recomputed = recomputed
        self.retries = retries
        self.alarms = alarms
        self.submission = submission
    }
}

/// A task as `tasks` shows it.
public struct TaskStatus: Sendable, Hashable, Codable {
    /// The task.
    public let name: TaskName
    /// Its kind.
    public let kind: String
    /// Its stage.
    public let stage: String
    /// Where it stands.
    public let phase: TaskPhase
    /// How it came to its result.
    public let origin: TaskOrigin?
    /// How often it was leased.
    public let attempts: Int
    /// The last worker that had it.
    public let worker: String?
    /// Seconds that its computation took.
    public let seconds: Double?
    /// Peak anonymous memory of its computation.
    public let peakBytes: Int?
    /// Its small result, as JSON text.
    public let facts: String?
    /// The last failure.
    public let failure: String?

    /// A task's status from its parts.
    public init(
        name: TaskName, kind: String, stage: String, phase: TaskPhase, origin: TaskOrigin?,
        attempts: Int, worker: String?, seconds: Double?, peakBytes: Int?, facts: String?,
        failure: String?
    ) {
        self.name = name
        self.kind = kind
        self.stage = stage
        self.phase = phase
        self.origin = origin
        self.attempts = attempts
        self.worker = worker
        self.seconds = seconds
        self.peakBytes = peakBytes
        self.facts = facts
        self.failure = failure
    }
}

/// A page of a job's tasks.
public struct TaskPage: Sendable, Hashable, Codable {
    /// All tasks that fit the query.
    public let total: Int
    /// Those of this page.
    public let tasks: [TaskStatus]
    /// The outputs of the tasks of this page, in the same order; empty while not done.
    public let results: [[TaskOutput]]

    /// A page from its parts.
    public init(total: Int, tasks: [TaskStatus], results: [[TaskOutput]]) {
        self.total = total
        self.tasks = tasks
        self.results = results
    }
}

/// A worker as `workers` shows it.
public struct WorkerStatus: Sendable, Hashable, Codable {
    /// The worker.
    public let worker: WorkerID
    /// What it says of itself.
    public let profile: WorkerProfile
    /// Whether it answers.
    public let isConnected: Bool
    /// Whether it takes no more work.
    public let isDraining: Bool
    /// Tasks that it runs.
    public let running: [String]
    /// Anonymous memory of all its processes at its last beat.
    public let anonymousBytes: Int
    /// Blobs that it holds.
    public let blobs: Int
    /// Seconds since its last beat.
    public let silentSeconds: Double

    /// A worker's status from its parts.
    public init(
        worker: WorkerID, profile: WorkerProfile, isConnected: Bool, isDraining: Bool,
        running: [String], anonymousBytes: Int, blobs: Int, silentSeconds: Double
    ) {
        self.worker = worker
        self.profile = profile
        self.isConnected = isConnected
        self.isDraining = isDraining
        self.running = running
        self.anonymousBytes = anonymousBytes
        self.blobs = blobs
        self.silentSeconds = silentSeconds
    }
}
