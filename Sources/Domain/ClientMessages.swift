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
    /// How the coordinator is.
    case health
    /// Why a task stands where it stands.
    case explain(JobID, TaskName)
    /// Gives a worker no more work and lets it leave without loss.
    case drain(WorkerID)
    /// Writes a copy of the ledger beside it while everything goes on.
    case backup
    /// Makes a join token.
    case makeToken(Role, uses: Int, secondsToLive: Int64)
    /// Shuts a name out (`worker:w-1a2b`), whatever certificate it holds.
    case revoke(String)
}

/// The coordinator's answer to a command.
public enum ClientReply: Sendable, Hashable {
    /// JSON whose shape belongs to the request.
    case answer([UInt8])
    /// The request cannot be met.
    case refused(String, notFound: Bool)
    /// It can be met later; ask again after so many milliseconds.
    case later(milliseconds: Int64, String)
}

/// Why a task stands where it stands, in answer to ``ClientRequest/explain(_:_:)``.
public struct TaskExplanation: Sendable, Hashable, Codable {
    /// The task.
    public let task: TaskName
    /// Where it stands.
    public let phase: TaskPhase
    /// What it waits for, who could run it, what went wrong before; whole sentences.
    public let sentences: [String]

    /// An explanation from its parts.
    public init(task: TaskName, phase: TaskPhase, sentences: [String]) {
        self.task = task
        self.phase = phase
        self.sentences = sentences
    }
}

/// How the coordinator is, in answer to ``ClientRequest/health``.
public struct CoordinatorHealth: Sendable, Hashable, Codable {
    /// Version of its software.
    public let software: String
    /// Why it takes nothing in at the moment; nil when it does.
    public let readOnlyReason: String?
    /// Free room where its data lives, in bytes.
    public let freeBytes: Int
    /// How often the coordinator of this ledger has been started.
    public let epoch: Int
    /// Seconds since its start.
    public let upSeconds: Double
    /// Jobs that are not over.
    public let runningJobs: Int
    /// Workers that answer.
    public let connectedWorkers: Int
    /// Probes of its own listener that got no answer.
    public let failedProbes: Int
    /// How often it replaced its listener.
    public let listenerRecycles: Int
    /// When its certificate ends, in milliseconds since 1970; nil without identities.
    public let certificateExpiresUnixMs: Int64?
    /// Blobs found damaged in its store and in the workers' stores since its start.
    public let damagedBlobs: Int

    /// A health report from its parts.
    public init(
        software: String, readOnlyReason: String?, freeBytes: Int, epoch: Int,
        upSeconds: Double, runningJobs: Int, connectedWorkers: Int, failedProbes: Int,
        listenerRecycles: Int, certificateExpiresUnixMs: Int64?, damagedBlobs: Int
    ) {
        self.software = software
        self.readOnlyReason = readOnlyReason
        self.freeBytes = freeBytes
        self.epoch = epoch
        self.upSeconds = upSeconds
        self.runningJobs = runningJobs
        self.connectedWorkers = connectedWorkers
        self.failedProbes = failedProbes
        self.listenerRecycles = listenerRecycles
        self.certificateExpiresUnixMs = certificateExpiresUnixMs
        self.damagedBlobs = damagedBlobs
    }
}

/// A sentence in answer to a request that changes something.
public struct Confirmation: Sendable, Hashable, Codable {
    /// What was done.
    public let text: String

    /// The sentence `text`.
    public init(text: String) {
        self.text = text
    }
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
    /// For moving blobs, as far as the asker's role allows; nil without identities.
    public let pass: BlobPass?

    /// An identity from its parts.
    public init(
        software: String, blobAddress: String, host: String, storePath: String,
        pass: BlobPass? = nil
    ) {
        self.pass = pass
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
    /// Second attempts of stragglers.
    public let speculated: Int
    /// Results that a second run on another worker confirmed.
    public let verified: Int
    /// Results chosen for a second run that no other worker could do.
    public let unverified: Int
    /// What was submitted.
    public let submission: JobSubmission
    /// The least memory of a slot, in bytes, that a ready task needs and no worker has: the job
    /// waits for a larger worker.
    public let memoryBytesWanted: Int?

    /// A status from its parts.
    public init(
        job: JobID, title: String, phase: JobPhase, reason: String?, stages: [StageStatus],
        layersDone: Int, layersTotal: Int, worstLayer: LayerStatus?, elapsedSeconds: Double,
        remainingSeconds: Double?, recomputed: Int, retries: Int, alarms: [String],
        speculated: Int = 0, verified: Int = 0, unverified: Int = 0, submission: JobSubmission,
        memoryBytesWanted: Int? = nil
    ) {
        self.memoryBytesWanted = memoryBytesWanted
        self.speculated = speculated
        self.verified = verified
        self.unverified = unverified
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
    /// Why, when the coordinator decided it.
    public let drainReason: String?
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
        drainReason: String? = nil, running: [String], anonymousBytes: Int, blobs: Int,
        silentSeconds: Double
    ) {
        self.drainReason = drainReason
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
