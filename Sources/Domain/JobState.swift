/// Where a job stands.
public enum JobPhase: String, Sendable, Codable, CaseIterable {
    /// Tasks are waiting or running.
    case running
    /// Everything that was wanted is done.
    case finished
    /// A task failed for good; the reason is kept with the job.
    case failed
    /// A person stopped it.
    case cancelled

    /// Whether nothing will happen any more.
    public var isOver: Bool { self != .running }
}

/// Where a task stands.
public enum TaskPhase: String, Sendable, Codable, CaseIterable {
    /// Inputs are missing.
    case waiting
    /// Could start now.
    case ready
    /// A worker runs it.
    case leased
    /// Its result is known.
    case done
    /// It failed for good.
    case failed
}

/// How a task came to its result.
public enum TaskOrigin: String, Sendable, Codable, CaseIterable {
    /// A worker computed it for this job.
    case computed
    /// An earlier run of the same key gave it.
    case cached
}

/// A job as its submitter described it; small, and the root of everything the job does.
///
/// The bulk (manifest of the model) is itself a blob, so that a submission stays far under
/// ``Limits/controlMessageBytes``.
public struct JobSubmission: Hashable, Sendable, Codable {
    /// What people call the job, e.g. the model folder's name.
    public let title: String
    /// The blob that holds the job's specification (`Planning.JobSpecification` as JSON).
    public let specification: BlobReference

    /// A submission from its parts.
    public init(title: String, specification: BlobReference) {
        self.title = title
        self.specification = specification
    }
}

/// Deterministic code that says which tasks are wanted next.
///
/// A driver is replayed from recorded results after a restart: given the same results it must
/// ask for the same tasks under the same names. Jobs whose graph is known at once return all
/// tasks at the first call; a search returns a generation, waits, and returns the next.
public protocol JobDriver: Sendable {
    /// The tasks wanted next, in the order of their dependencies.
    ///
    /// - Parameter completed: results of tasks asked for before that have become known since
    ///   the last call; empty at the first.
    /// - Returns: new tasks; their inputs name only tasks already asked for, or earlier ones of
    ///   the same answer.
    mutating func advance(_ completed: [TaskName: TaskResult]) throws -> [TaskDescription]
    /// Whether no further task will be asked for.
    var isComplete: Bool { get }
    /// The tasks whose results are what the job is for; the others only serve them.
    var roots: Set<TaskName> { get }
}
