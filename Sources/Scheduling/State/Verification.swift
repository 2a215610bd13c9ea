import Domain

/// Where the second run of a task stands that is to confirm its result.
enum VerificationState: Sendable {
    /// The task was not chosen.
    case none
    /// No worker has it yet.
    case waiting
    /// A worker runs it.
    case running
    /// It is over, one way or the other.
    case closed

    /// Whether the job and the task's inputs have to wait for it.
    var isOpen: Bool { self == .waiting || self == .running }
}

/// What is known of an open verification.
struct Verification: Sendable {
    /// When the first result came.
    let since: Moment
    /// Second runs that failed, with their workers.
    var failedOn: Set<WorkerID> = []
    /// Second runs that led to nothing, for whatever reason.
    var tries = 0
}

/// How the verifications of a job went.
struct VerificationCounts: Sendable, Hashable {
    /// A second run gave the same.
    var verified = 0
    /// No second run was possible.
    var skipped = 0
    /// A second run gave something else.
    var differing = 0
    /// Those that are not over.
    var open = 0
}
