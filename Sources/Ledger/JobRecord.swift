public import Domain

/// A job as the ledger knows it.
public struct JobRecord: Hashable, Sendable {
    /// Its name.
    public let id: JobID
    /// What was submitted.
    public let submission: JobSubmission
    /// Where it stands.
    public let phase: JobPhase
    /// Why it is in this phase, for failed and cancelled jobs.
    public let reason: String?
    /// When it was submitted, in milliseconds since 1970.
    public let submittedAtUnixMs: Int64
    /// When it was over, in milliseconds since 1970; nil while it runs.
    public let endedAtUnixMs: Int64?
}
