public import Domain

/// An attempt that went wrong, as far as the next try has to know.
public struct AttemptTrouble: Hashable, Sendable {
    /// The attempt's number.
    public let attempt: Int
    /// Who ran it.
    public let worker: WorkerID
    /// The machine that the worker last introduced itself from; its name when it never did.
    public let host: String
    /// ``AttemptOutcome/failed`` or ``AttemptOutcome/lost``.
    public let outcome: AttemptOutcome
    /// What went wrong; `lostWorker` for an attempt that was lost.
    public let failureClass: FailureClass
}
