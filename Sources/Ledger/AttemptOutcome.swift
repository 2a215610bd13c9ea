/// How an attempt of a task ended.
public enum AttemptOutcome: String, Sendable, Codable, CaseIterable {
    /// Its result counts.
    case done
    /// The task reported a failure.
    case failed
    /// The worker went away or its lease ran out; a later end may still correct this.
    case lost
    /// Nobody wanted it any more.
    case cancelled
    /// Another attempt's result was taken first.
    case superseded
    /// It computed again bytes that were lost; the task's result was known already.
    case recomputed
    /// Its result differs from the one recorded for the same key.
    case mismatch
}
