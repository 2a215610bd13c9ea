public import Domain

/// Everything that a job is made from: enough to plan it, and nothing that differs from run to run.
public struct JobSpecification: Hashable, Sendable, Codable {
    /// What the job is for.
    public enum Purpose: Hashable, Sendable, Codable {
        /// A smaller checkpoint.
        case compress(Recipe)
        /// The perplexity of a checkpoint.
        case evaluate(EvaluationRequest)
        /// How like another encoder's the embeddings of an encoder are.
        case compare(EvaluationRequest, against: ModelManifest)
        /// Harmless tasks that behave as told, for tests of a cluster; only a coordinator that
        /// allows drills takes it.
        case drill(DrillPlan)
    }

    /// What the job is for.
    public let purpose: Purpose
    /// The checkpoint.
    public let model: ModelManifest
    /// The calibration or evaluation file; nil when the recipe needs none.
    public let data: DataManifest?
    /// The recipe's text as it was given, for the report.
    public let recipeText: String?

    /// A specification from its parts.
    public init(
        purpose: Purpose, model: ModelManifest, data: DataManifest?, recipeText: String?
    ) {
        self.purpose = purpose
        self.model = model
        self.data = data
        self.recipeText = recipeText
    }

    /// Reads a specification from the bytes of its blob.
    public init(decoding bytes: [UInt8]) throws(PlanningError) {
        guard bytes.count <= Limits.specificationBytesMax else {
            throw .specification(problem: "it is over \(Limits.specificationBytesMax) bytes.")
        }
        do {
            self = try CanonicalJSON.decode(JobSpecification.self, from: bytes)
        } catch {
            throw .specification(problem: "\(error)")
        }
        try check()
    }

    /// The specification's canonical bytes.
    public func encoded() throws(PlanningError) -> [UInt8] {
        do { return try CanonicalJSON.encode(self) } catch {
            throw .specification(problem: "\(error)")
        }
    }

    /// Every blob that must be in the coordinator's store before the job starts.
    public var blobs: [BlobReference] {
        if isDrill { return [] }
        var all = model.blobs
        if case .compare(_, let reference) = purpose { all += reference.blobs }
        if let data { all += [data.blob] + [data.tokenizer].compactMap { $0 } }
        return all
    }

    /// The code that says which tasks the job wants.
    public func makeDriver() throws -> any JobDriver {
        switch purpose {
        case .compress(let recipe): try CompressionDriver(self, recipe: recipe)
        case .evaluate(let request): try EvaluationDriver(self, request: request)
        case .compare(let request, let reference):
            try ComparisonDriver(self, request: request, reference: reference)
        case .drill(let plan): DrillDriver(plan)
        }
    }
}

/// What a model is measured on: which windows of a text, and how long they are.
public struct EvaluationRequest: Hashable, Sendable, Codable {
    /// Tokens per window; for a perplexity, the first of each is not predicted.
    public let length: Int
    /// How many windows from the start of the text; nil for all.
    public let windows: Int?
    /// Whether the tokenizer's post-processor may add tokens: at the text's start for a
    /// perplexity, around each window for embeddings.
    public let addsSpecialTokens: Bool

    /// A request from its parts.
    public init(length: Int, windows: Int?, addsSpecialTokens: Bool) {
        self.length = length
        self.windows = windows
        self.addsSpecialTokens = addsSpecialTokens
    }
}

/// A checkpoint folder by the digests of its parts.
public struct ModelManifest: Hashable, Sendable, Codable {
    /// One tensor and the blob of its bytes.
    public struct Tensor: Hashable, Sendable, Codable {
        /// Name, element type and shape.
        public let form: TensorForm
        /// Its bytes, little-endian, row-major.
        public let blob: BlobReference
        /// The weight file that it stands in.
        public let file: String

        /// A tensor from its parts.
        public init(form: TensorForm, blob: BlobReference, file: String) {
            self.form = form
            self.blob = blob
            self.file = file
        }
    }

    /// One file that is carried along unchanged.
    public struct CarriedFile: Hashable, Sendable, Codable {
        /// Its plain name.
        public let name: String
        /// Its bytes.
        public let blob: BlobReference

        /// A file from its parts.
        public init(name: String, blob: BlobReference) {
            self.name = name
            self.blob = blob
        }
    }

    /// What people call the model: its folder's name.
    public let title: String
    /// `config.json`'s bytes as text.
    public let configurationText: String
    /// `config.json` as a blob.
    public let configuration: BlobReference
    /// All tensors, by name.
    public let tensors: [Tensor]
    /// The weight files, by name.
    public let weightFiles: [String]
    /// All other files, by name; the index of shards among them.
    public let carriedFiles: [CarriedFile]

    /// A manifest from its parts.
    public init(
        title: String, configurationText: String, configuration: BlobReference,
        tensors: [Tensor], weightFiles: [String], carriedFiles: [CarriedFile]
    ) {
        self.title = title
        self.configurationText = configurationText
        self.configuration = configuration
        self.tensors = tensors
        self.weightFiles = weightFiles
        self.carriedFiles = carriedFiles
    }

    var blobs: [BlobReference] {
        [configuration] + tensors.map(\.blob) + carriedFiles.map(\.blob)
    }
}

/// A text or token file.
public struct DataManifest: Hashable, Sendable, Codable {
    /// What it is.
    public let format: PrepareTokensParameters.Format
    /// Its bytes.
    public let blob: BlobReference
    /// The tokenizer's `tokenizer.json`, for text.
    public let tokenizer: BlobReference?

    /// Data from its parts.
    public init(
        format: PrepareTokensParameters.Format, blob: BlobReference, tokenizer: BlobReference?
    ) {
        self.format = format
        self.blob = blob
        self.tokenizer = tokenizer
    }
}
