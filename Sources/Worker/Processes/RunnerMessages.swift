public import Domain

/// What a worker tells its child: run this task.
public struct RunnerOrder: Sendable, Hashable, Codable {
    /// Which function.
    public let kind: String
    /// Its version.
    public let version: Int
    /// Its parameters, canonical JSON.
    public let parameters: String
    /// The blob of each input.
    public let inputs: [String: BlobReference]
    /// The promised outputs.
    public let outputs: [OutputDeclaration]
    /// Folders of other stores on this host where inputs may be read.
    public let alternates: [String]
    /// What the task said it would need at its peak, in bytes.
    public let statedBytes: Int
    /// Writable private memory that the task may take beside what an idle child has, in bytes;
    /// nil when somebody else bounds it.
    public let dataBytesMax: Int?

    /// An order from its parts.
    public init(
        kind: String, version: Int, parameters: String, inputs: [String: BlobReference],
        outputs: [OutputDeclaration], alternates: [String], statedBytes: Int,
        dataBytesMax: Int?
    ) {
        self.kind = kind
        self.version = version
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
        self.alternates = alternates
        self.statedBytes = statedBytes
        self.dataBytesMax = dataBytesMax
    }

    /// The order that a grant makes.
    init(
        _ grant: WorkGrant, alternates: [String], dataBytesMax: Int?
    ) {
        self.init(
            kind: grant.kind, version: grant.version,
            parameters: String(decoding: grant.parameters, as: UTF8.self),
            inputs: Dictionary(
                grant.inputs.map { ($0.name, $0.blob) }, uniquingKeysWith: { $1 }),
            outputs: grant.outputs, alternates: alternates, statedBytes: grant.memoryBytes,
            dataBytesMax: dataBytesMax)
    }
}

/// What the child answers.
public struct RunnerAnswer: Sendable, Hashable, Codable {
    /// The result, unless it failed.
    public let result: TaskResult?
    /// Why it failed.
    public let failure: TaskFailure?
    /// What it took.
    public let measurements: TaskMeasurements
    /// An input that was found damaged on disk.
    public let damaged: Digest?

    /// An answer from its parts.
    public init(
        result: TaskResult?, failure: TaskFailure?, measurements: TaskMeasurements,
        damaged: Digest? = nil
    ) {
        self.result = result
        self.failure = failure
        self.measurements = measurements
        self.damaged = damaged
    }
}
