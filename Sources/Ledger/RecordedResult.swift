public import Domain

/// A result that the ledger remembers.
public struct RecordedResult: Hashable, Sendable {
    /// The kind of the task that gave it.
    public let kind: String
    /// The result.
    public let result: TaskResult
    /// What the attempt that computed it took; nil when no attempt in this ledger reported it.
    public let measurements: TaskMeasurements?
}
