import Foundation

/// A blob's name and length.
public struct BlobReference: Hashable, Sendable, Codable {
    /// The blob's name.
    public let digest: Digest
    /// Its length in bytes.
    public let byteCount: Int

    /// The blob `digest` of `byteCount` bytes.
    public init(digest: Digest, byteCount: Int) {
        precondition(byteCount >= 0)
        self.digest = digest
        self.byteCount = byteCount
    }

    private enum CodingKeys: String, CodingKey { case digest, byteCount }

    /// Reads a reference; its length must be within ``Limits/blobBytesMax``.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        digest = try container.decode(Digest.self, forKey: .digest)
        byteCount = try container.decode(Int.self, forKey: .byteCount)
        guard (0...Limits.blobBytesMax).contains(byteCount) else {
            throw DecodingError.dataCorruptedError(
                forKey: .byteCount, in: container, debugDescription: "no length of a blob")
        }
    }
}

/// Where a task's output lives, and for how long.
public enum Retention: String, Sendable, Codable, CaseIterable {
    /// Also stored by the coordinator before the result counts: compressed layers, reports.
    case durable
    /// Stays with its worker until room is needed: Grams, factors.
    case cached
    /// Deleted by its worker once nothing wants it any more: hidden states, partial Grams.
    case transient
}

/// One input of a task.
public struct TaskInput: Hashable, Sendable, Codable {
    /// Where the bytes come from.
    public enum Source: Hashable, Sendable, Codable {
        /// A blob that exists before the job starts.
        case blob(BlobReference)
        /// An output of another task of the same job.
        case output(task: TaskName, name: String)
    }

    /// What the task kind calls this input; unique within the task.
    public let name: String
    /// Where the bytes come from.
    public let source: Source

    /// The input `name` from `source`.
    public init(_ name: String, _ source: Source) {
        self.name = name
        self.source = source
    }
}

/// One output that a task promises.
public struct OutputDeclaration: Hashable, Sendable, Codable {
    /// What the task kind calls it; unique within the task.
    public let name: String
    /// Where it lives.
    public let retention: Retention

    /// The output `name`, kept as `retention` says.
    public init(_ name: String, _ retention: Retention) {
        self.name = name
        self.retention = retention
    }
}

/// What a task will cost, stated before it runs.
public struct TaskCost: Hashable, Sendable, Codable {
    /// Floating-point operations.
    public let flops: Double
    /// Peak anonymous memory in bytes, beside the mapped inputs.
    public let memoryBytesMax: Int
    /// Bytes of all its outputs together.
    public let outputBytes: Int

    /// A cost from its parts.
    public init(flops: Double, memoryBytesMax: Int, outputBytes: Int) {
        self.flops = flops
        self.memoryBytesMax = memoryBytesMax
        self.outputBytes = outputBytes
    }
}

/// One unit of work: a pure function from blobs to blobs.
public struct TaskDescription: Hashable, Sendable, Codable {
    /// Unique in its job and the same at every replay.
    public let name: TaskName
    /// Which function.
    public let kind: String
    /// The function's version; raised whenever equal inputs may give other bytes than before.
    public let version: Int
    /// The function's parameters as canonical JSON (sorted keys, no spaces).
    public let parameters: [UInt8]
    /// Inputs in the order that the key hashes.
    public let inputs: [TaskInput]
    /// The promised outputs.
    public let outputs: [OutputDeclaration]
    /// What people see: the group of tasks that this one is counted with, e.g. `calibrate`.
    public let stage: String
    /// Lower runs earlier among tasks that are ready; the driver numbers the critical path.
    public let priority: Int
    /// What it will cost.
    public let cost: TaskCost

    /// A description from its parts.
    public init(
        name: TaskName, kind: String, version: Int, parameters: [UInt8], inputs: [TaskInput],
        outputs: [OutputDeclaration], stage: String, priority: Int, cost: TaskCost
    ) {
        precondition(inputs.count <= Limits.slotsPerTaskMax)
        precondition(parameters.count <= Limits.parameterBytesMax)
        self.name = name
        self.kind = kind
        self.version = version
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
        self.stage = stage
        self.priority = priority
        self.cost = cost
    }

    /// The task's key: equal keys mean equal results.
    ///
    /// - Parameter resolved: the blobs of `inputs`, in the same order.
    public func key(resolved: [BlobReference]) -> Digest {
        precondition(resolved.count == inputs.count)
        var text = "spokeshave-task-1\n\(kind)\n\(version)\n\(parameters.count)\n"
        text += String(decoding: parameters, as: UTF8.self) + "\n"
        for (input, blob) in zip(inputs, resolved) {
            text += "\(input.name)\n\(blob.digest.hex)\n"
        }
        for output in outputs { text += "> \(output.name)\n" }
        return Digest(sha256Of: Array(text.utf8))
    }
}

/// One output that a task made.
public struct TaskOutput: Hashable, Sendable, Codable {
    /// The declared name.
    public let name: String
    /// The bytes' name and length.
    public let blob: BlobReference

    /// The output `name` is `blob`.
    public init(name: String, blob: BlobReference) {
        self.name = name
        self.blob = blob
    }
}

/// What a task gave: the same for every run of the same key.
public struct TaskResult: Hashable, Sendable, Codable {
    /// Outputs in the order of their declarations.
    public let outputs: [TaskOutput]
    /// Small facts as canonical JSON (errors, counts); `{}` when there are none.
    public let facts: [UInt8]

    /// A result from its parts.
    public init(outputs: [TaskOutput], facts: [UInt8]) {
        self.outputs = outputs
        self.facts = facts
    }

    /// The blob of the output `name`, if there is one.
    public func blob(named name: String) -> BlobReference? {
        outputs.first { $0.name == name }?.blob
    }
}

/// What running a task took: differs from run to run and is no part of the result.
public struct TaskMeasurements: Hashable, Sendable, Codable {
    /// Seconds from start to end of the computation.
    public let seconds: Double
    /// Peak anonymous resident memory of the process that computed it, in bytes.
    public let peakBytes: Int
    /// The BLAS kernel's core type, e.g. `SkylakeX`.
    public let core: String

    /// Measurements from their parts.
    public init(seconds: Double, peakBytes: Int, core: String) {
        self.seconds = seconds
        self.peakBytes = peakBytes
        self.core = core
    }
}

/// Why an attempt failed, and so what to do next.
public enum FailureClass: String, Sendable, Codable, CaseIterable {
    /// The worker went away; the task runs elsewhere and nobody is to blame.
    case lostWorker
    /// An input's bytes could not be had from any holder; its producer runs again.
    case lostInput
    /// The process ran out of memory; the task wants a worker with more.
    case outOfMemory
    /// The computation crashed.
    case crashed
    /// The input is bad or the mathematics failed: the same everywhere.
    case deterministic
    /// The worker's surroundings failed: no room, no permission.
    case environment
    /// It ran longer than it may; the next try gets twice the time.
    case timeout
    /// The task was no longer wanted.
    case cancelled
}

/// Why an attempt failed.
public struct TaskFailure: Hashable, Sendable, Codable {
    /// What to do next.
    public let failureClass: FailureClass
    /// A sentence for people: what, where, what to do.
    public let text: String
    /// The input blobs that could not be had, for ``FailureClass/lostInput``.
    public let missing: [Digest]

    /// A failure from its parts; the text is cut to ``Limits/failureTextBytesMax``.
    public init(_ failureClass: FailureClass, _ text: String, missing: [Digest] = []) {
        self.failureClass = failureClass
        var bytes = text.utf8.prefix(Limits.failureTextBytesMax)
        // A character that the cut broke goes whole.
        while text.utf8.count > bytes.count, String(bytes) == nil { bytes.removeLast() }
        self.text = String(bytes) ?? ""
        self.missing = missing
    }
}
