/// How far one stage of a job is.
public struct StageCount: Hashable, Sendable {
    /// The stage's name.
    public let stage: String
    /// All tasks asked for so far.
    public let total: Int
    /// Tasks done by a worker for this job.
    public let computed: Int
    /// Tasks whose result was known from an earlier run.
    public let cached: Int
    /// Tasks that a worker runs now.
    public let leased: Int
    /// Tasks that failed for good.
    public let failed: Int

    /// Tasks whose result is known.
    public var done: Int { computed + cached }
}
