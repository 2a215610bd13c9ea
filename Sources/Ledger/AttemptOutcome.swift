/// How an attempt of a task ended.
public enum AttemptOutcome: String, Sendable, Codable, CaseIterable {
    /// Its result counts.
    case done
    /// The task reported a failure.
    case failed
    /// The worker went away or its lease ran out; a later end may still correct this.
    case lost
    /// The worker never said that it took the lease; nobody is to blame, and a later end may
    /// still correct this.
    case unaccepted
    /// Nobody wanted it any more.
    case cancelled
    /// Another attempt's result was taken first.
    case superseded
    /// It computed again bytes that were lost; the task's result was known already.
    case recomputed
    /// It was run a second time on purpose and gave the same result.
    case verified
    /// Its result differs from the one recorded for the same key.
    case mismatch

    /// Those that a later end of the same attempt may replace.
    static let provisional: [AttemptOutcome] = [.lost, .unaccepted]
}
