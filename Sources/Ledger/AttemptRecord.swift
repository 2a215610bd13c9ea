public import Domain

/// One attempt of a task.
public struct AttemptRecord: Hashable, Sendable {
    /// The lease it ran under.
    public let lease: LeaseToken
    /// When the lease was granted, in milliseconds since 1970.
    public let grantedAtUnixMs: Int64
    /// When it ended, in milliseconds since 1970; nil while it is open.
    public let endedAtUnixMs: Int64?
    /// How it ended; nil while it is open.
    public let outcome: AttemptOutcome?
    /// Why it failed, if it did.
    public let failure: TaskFailure?
    /// What it took, when it reported that.
    public let measurements: TaskMeasurements?
}
