public import Domain

/// Where a worker stands.
public struct WorkerStatus: Sendable, Hashable {
    /// Whether a worker is there.
    public enum Presence: String, Sendable, Hashable, Codable {
        /// Its connection stands and it beats.
        case connected
        /// Its connection broke a moment ago.
        case away
        /// It has been gone for too long; its leases were taken.
        case lost
    }

    /// What it said about itself.
    public let description: WorkerDescription
    /// Whether it is there.
    public let presence: Presence
    /// Whether it shall get no more work.
    public let draining: Bool
    /// Why it is being drained, when nobody asked for it; otherwise nil.
    public let drainReason: String?
    /// Why it should be drained but works on, being the only healthy one; otherwise nil.
    public let trouble: String?
    /// When it last beat or said hello.
    public let lastBeat: Moment
    /// The attempts that it runs, in order.
    public let running: [LeaseToken]
    /// How many blobs it is known to hold.
    public let blobs: Int
    /// Results that it gave since this scheduler started.
    public let completed: Int
    /// Attempts that failed on it since this scheduler started.
    public let failed: Int
}

/// A task that a worker runs.
public struct RunningTask: Sendable, Hashable {
    /// The lease.
    public let token: LeaseToken
    /// The task's kind.
    public let kind: String
    /// The task's stage.
    public let stage: String
    /// When it was granted (or taken over after a restart).
    public let since: Moment
    /// Whether it runs to confirm a result that is known.
    public let isVerification: Bool
}
