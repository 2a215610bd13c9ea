public import Domain

/// What the ledger still knows of the attempts of jobs that are not over, after a restart.
///
/// The jobs and their tasks are added again by events, as the replayed drivers ask for them;
/// results come back through look-ups.
public struct Restoration: Sendable {
    /// What is recorded of one task.
    public struct History: Sendable, Hashable {
        /// The highest attempt number ever recorded.
        public var attempts: Int
        /// Attempts that were lost with their worker.
        public var lost: Int
        /// Attempts that failed by the task's own fault.
        public var failures: Int
        /// How the task came to its result, when it is recorded as done.
        public var origin: TaskOrigin?

        /// A history from its parts.
        public init(
            attempts: Int,
            lost: Int = 0,
            failures: Int = 0,
            origin: TaskOrigin? = nil
        ) {
            self.attempts = attempts
            self.lost = lost
            self.failures = failures
            self.origin = origin
        }
    }

    /// Histories of all tasks that have one.
    public var histories: [TaskID: History]
    /// Attempts that were recorded and not ended; for each task only the latest counts.
    public var openLeases: [LeaseToken]

    /// A restoration from its parts.
    public init(histories: [TaskID: History] = [:], openLeases: [LeaseToken] = []) {
        self.histories = histories
        self.openLeases = openLeases
    }
}
