public import Domain

/// How many tasks of a stage (or a job) stand where; only tasks that a root needs are counted.
public struct StageCounts: Sendable, Hashable, Codable {
    /// All of them.
    public internal(set) var total = 0
    /// Those whose result is known, cached ones included.
    public internal(set) var done = 0
    /// Those of `done` that an earlier run had computed.
    public internal(set) var cached = 0
    /// Those that a worker runs; recomputations of done tasks count here as well.
    public internal(set) var running = 0
    /// Those that could start now.
    public internal(set) var ready = 0
    /// Those without a result that cannot start yet.
    public internal(set) var waiting = 0
    /// Those that failed for good.
    public internal(set) var failed = 0

    /// No tasks at all.
    public init() {}

    /// The sum of both, field by field.
    public static func + (left: StageCounts, right: StageCounts) -> StageCounts {
        var sum = left
        sum.total += right.total
        sum.done += right.done
        sum.cached += right.cached
        sum.running += right.running
        sum.ready += right.ready
        sum.waiting += right.waiting
        sum.failed += right.failed
        return sum
    }
}

/// Where a job stands.
public struct JobStatus: Sendable, Hashable, Codable {
    /// A stage and its counts.
    public struct Stage: Sendable, Hashable, Codable {
        /// The stage's name.
        public let name: String
        /// Its tasks.
        public let counts: StageCounts
    }

    /// The job.
    public let id: JobID
    /// What people call it.
    public let title: String
    /// Where it stands.
    public let phase: JobPhase
    /// Why it failed or was cancelled.
    public let reason: String?
    /// The stages in the order in which the driver first named them.
    public let stages: [Stage]
    /// All stages together.
    public let counts: StageCounts
    /// Runs granted to make lost bytes again.
    public let recomputations: Int
    /// Second attempts granted to stragglers.
    public let speculated: Int
    /// Results that a second run on another worker confirmed.
    public let verified: Int
    /// Results chosen for a second run that no other worker could do.
    public let unverified: Int
    /// Results of which a second run gave something else; each raised an alarm.
    public let differing: Int
    /// Chosen results whose second run is not over.
    public let verifying: Int
    /// Floating-point operations of tasks without a result.
    public let flopsLeft: Double
    /// Estimated seconds until the end; nil while nothing has been measured or nothing runs.
    public let secondsLeft: Double?
    /// The least memory per slot, in bytes, that a ready task needs and no worker has: the job
    /// waits for a larger worker. Nil when every ready task (of the first 256) has a worker.
    public let memoryBytesWanted: Int?
}
