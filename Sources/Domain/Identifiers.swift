/// Names a job for ever, e.g. `j-20261122-3f9a`.
public struct JobID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The name itself.
    public let description: String

    /// A job's name; not empty.
    public init(_ name: String) {
        precondition(!name.isEmpty, "a job needs a name")
        description = name
    }

    /// Reads a plain string.
    public init(from decoder: any Decoder) throws {
        description = try decodedName(from: decoder)
    }

    /// Writes a plain string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders by name.
    public static func < (left: JobID, right: JobID) -> Bool {
        left.description < right.description
    }
}

/// Names a task within its job, e.g. `block.003/solve/self_attn.q_proj`; the same whenever the
/// job's driver is replayed.
public struct TaskName: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The name itself.
    public let description: String

    /// A task's name; not empty.
    public init(_ name: String) {
        precondition(!name.isEmpty, "a task needs a name")
        description = name
    }

    /// Reads a plain string.
    public init(from decoder: any Decoder) throws {
        description = try decodedName(from: decoder)
    }

    /// Writes a plain string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders by name.
    public static func < (left: TaskName, right: TaskName) -> Bool {
        left.description < right.description
    }
}

/// Names a task in the whole cluster.
public struct TaskID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The job.
    public let job: JobID
    /// The task within it.
    public let name: TaskName

    /// The task `name` of `job`.
    public init(job: JobID, name: TaskName) {
        self.job = job
        self.name = name
    }

    /// `job:name`.
    public var description: String { "\(job):\(name)" }

    /// Orders by job, then by name.
    public static func < (left: TaskID, right: TaskID) -> Bool {
        (left.job, left.name) < (right.job, right.name)
    }
}

/// Names a worker for ever: chosen at its first start and kept in its data folder.
public struct WorkerID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The name itself.
    public let description: String

    /// A worker's name; not empty.
    public init(_ name: String) {
        precondition(!name.isEmpty, "a worker needs a name")
        description = name
    }

    /// Reads a plain string.
    public init(from decoder: any Decoder) throws {
        description = try decodedName(from: decoder)
    }

    /// Writes a plain string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders by name.
    public static func < (left: WorkerID, right: WorkerID) -> Bool {
        left.description < right.description
    }
}

/// Says that a worker may run one attempt of one task; the fencing token of its result.
///
/// Attempts of a task grow for ever, so that a later lease always has the larger number.
public struct LeaseToken: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The task.
    public let task: TaskID
    /// Counts the attempts of the task from 1.
    public let attempt: Int
    /// Who may run it.
    public let worker: WorkerID

    /// A lease of `task`'s attempt number `attempt` to `worker`.
    public init(task: TaskID, attempt: Int, worker: WorkerID) {
        self.task = task
        self.attempt = attempt
        self.worker = worker
    }

    /// `job:name#attempt@worker`.
    public var description: String { "\(task)#\(attempt)@\(worker)" }

    /// Orders by task, then attempt.
    public static func < (left: LeaseToken, right: LeaseToken) -> Bool {
        (left.task, left.attempt) < (right.task, right.attempt)
    }
}

/// A moment of the coordinator's own clock, in milliseconds since it started.
public struct Moment: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Milliseconds since the coordinator's start.
    public let milliseconds: Int64

    /// The moment that many milliseconds after the start.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// `+12.345 s`.
    public var description: String { "+\(Double(milliseconds) / 1000) s" }

    /// Orders by time.
    public static func < (left: Moment, right: Moment) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `milliseconds` later.
    public static func + (moment: Moment, milliseconds: Int64) -> Moment {
        Moment(milliseconds: moment.milliseconds + milliseconds)
    }
}

private func decodedName(from decoder: any Decoder) throws -> String {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard !name.isEmpty, name.utf8.count <= Limits.nameBytesMax else {
        throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "a name must not be empty nor too long")
    }
    return name
}
