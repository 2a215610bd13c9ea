public import Domain

/// What the ledger keeps of a task when it is asked for; all else follows from the job's
/// specification by replaying the driver.
public struct TaskSummary: Hashable, Sendable {
    /// Unique in its job.
    public let name: TaskName
    /// Which function.
    public let kind: String
    /// The group of tasks it is counted with.
    public let stage: String

    /// A summary from its parts.
    public init(name: TaskName, kind: String, stage: String) {
        self.name = name
        self.kind = kind
        self.stage = stage
    }

    /// The part of `description` that the ledger keeps.
    public init(_ description: TaskDescription) {
        self.init(name: description.name, kind: description.kind, stage: description.stage)
    }
}
