public import Domain

/// What a worker tells its child: run this task.
public struct RunnerOrder: Sendable, Hashable, Codable {
    /// Which function.
    public let kind: String
    /// Its version.
    public let version: Int
    /// Its parameters.
    public let parameters: [UInt8]
    /// The blob of each input.
    public let inputs: [String: BlobReference]
    /// The promised outputs.
    public let outputs: [OutputDeclaration]
    /// Folders of other stores on this host where inputs may be read.
    public let alternates: [String]

    /// An order from its parts.
    public init(
        kind: String, version: Int, parameters: [UInt8], inputs: [String: BlobReference],
        outputs: [OutputDeclaration], alternates: [String]
    ) {
        self.kind = kind
        self.version = version
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
        self.alternates = alternates
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

    /// An answer from its parts.
    public init(result: TaskResult?, failure: TaskFailure?, measurements: TaskMeasurements) {
        self.result = result
        self.failure = failure
        self.measurements = measurements
    }
}
