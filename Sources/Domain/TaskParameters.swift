/// A tensor's name, element type (as in safetensors) and shape.
public struct TensorForm: Hashable, Sendable, Codable {
    /// The checkpoint's name for it.
    public let name: String
    /// `F32`, `BF16`, `F16`, …
    public let elementType: String
    /// Its dimensions, outermost first.
    public let shape: [Int]

    /// A form from its parts.
    public init(name: String, elementType: String, shape: [Int]) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
    }
}

/// Names of task kinds and of their inputs and outputs, shared by those who ask and those who do.
public enum TaskNames {
    /// Text or token file → token windows.
    public static let prepareTokens = "prepare-tokens"
    /// Tokens → hidden states.
    public static let embedTokens = "embed-tokens"
    /// Hidden states → hidden states and partial Grams.
    public static let runSegment = "run-segment"
    /// Partial Grams → Gram.
    public static let reduceGram = "reduce-gram"
    /// Gram → inverse factor.
    public static let factorGram = "factor-gram"
    /// Weight, Gram, factor → compressed weight.
    public static let compressLayer = "compress-layer"
    /// Tensors → a file of the output checkpoint.
    public static let assembleShard = "assemble-shard"
    /// Hidden states, head → negative log-likelihoods.
    public static let evaluateHead = "evaluate-head"
    /// Hidden states of two encoders → cosines of their embeddings.
    public static let compareEmbeddings = "compare-embeddings"

    /// The input that carries a tensor.
    public static func tensor(_ name: String) -> String { "tensor:\(name)" }
    /// The output that carries a tensor of a quantised layer in a format.
    public static func code(_ tensor: String, in format: OutputFormat) -> String {
        "\(format.rawValue):\(tensor)"
    }
    /// The output that carries the partial Gram of a tap.
    public static func gram(tap: Int) -> String { "gram:\(tap)" }
    /// The input that carries the partial Gram of a shard.
    public static func partial(_ shard: Int) -> String { "partial:\(shard)" }
}

/// Parameters of `prepare-tokens`.
///
/// Inputs: `text` and `tokenizer`, or `identifiers`. Output `tokens`: windows × length ids of 32
/// bits, little-endian. Facts: ``TokenFacts``.
public struct PrepareTokensParameters: Hashable, Sendable, Codable {
    /// What the input file is.
    public enum Format: String, Sendable, Codable, CaseIterable {
        /// UTF-8 text.
        case text
        /// Token ids as little-endian 32-bit integers.
        case identifiers
    }

    /// What the input file is.
    public let format: Format
    /// Tokens per window.
    public let length: Int
    /// How many windows to take; nil takes all.
    public let windows: Int?
    /// How many more windows to take, if there are, for measuring errors on unseen data.
    public let heldOut: Int
    /// Nil takes the first windows; a seed takes windows in a shuffled order.
    public let seed: UInt64?
    /// Whether the tokenizer's post-processor may add tokens at the text's start.
    public let addsSpecialTokens: Bool
    /// Whether its tokens go around every window of a text instead, within the length; nil, which
    /// older descriptions have, is false.
    public let wrapsWindows: Bool?
    /// Ids must be smaller than this.
    public let vocabularySize: Int

    /// Parameters from their parts; windows are not wrapped unless told otherwise.
    public init(
        format: Format, length: Int, windows: Int?, heldOut: Int, seed: UInt64?,
        addsSpecialTokens: Bool, wrapsWindows: Bool = false, vocabularySize: Int
    ) {
        self.format = format
        self.length = length
        self.windows = windows
        self.heldOut = heldOut
        self.seed = seed
        self.addsSpecialTokens = addsSpecialTokens
        // Left out where it is false, so that equal work keeps its key.
        self.wrapsWindows = wrapsWindows ? true : nil
        self.vocabularySize = vocabularySize
    }
}

/// What `prepare-tokens` found.
public struct TokenFacts: Hashable, Sendable, Codable {
    /// Tokens of the whole text.
    public let tokens: Int
    /// Windows taken for the work itself.
    public let windows: Int
    /// Windows taken beside them for measuring.
    public let heldOut: Int

    /// Facts from their parts.
    public init(tokens: Int, windows: Int, heldOut: Int) {
        self.tokens = tokens
        self.windows = windows
        self.heldOut = heldOut
    }
}

/// Which windows of a token blob a shard has.
public struct SequenceRange: Hashable, Sendable, Codable {
    /// The first window.
    public let first: Int
    /// How many.
    public let count: Int
    /// Tokens of each.
    public let length: Int

    /// A range from its parts.
    public init(first: Int, count: Int, length: Int) {
        self.first = first
        self.count = count
        self.length = length
    }

    /// All tokens of the shard.
    public var tokens: Int { count * length }
}

/// Parameters of `embed-tokens`.
///
/// Inputs: `configuration`, `tokens`, tensors. Output `hidden`: tokens × hidden size, Float32.
public struct EmbedTokensParameters: Hashable, Sendable, Codable {
    /// The shard.
    public let sequences: SequenceRange
    /// The tensors that come as inputs.
    public let tensors: [TensorForm]
    /// The element type of the hidden state; nil is Float32.
    public let states: String?

    /// Parameters from their parts.
    public init(sequences: SequenceRange, tensors: [TensorForm], states: String? = nil) {
        self.sequences = sequences
        self.tensors = tensors
        self.states = states
    }
}

/// Parameters of `run-segment`: groups `first..<last` of a block over one shard.
///
/// Inputs: `configuration`, `hidden`, `middle` (when the segment starts inside attention or the
/// MLP), tensors. Outputs: `hidden` and `middle` as far as asked for, `gram:k` for each tap k:
/// the packed lower triangle of XᵀX in Float32.
public struct RunSegmentParameters: Hashable, Sendable, Codable {
    /// The block.
    public let block: Int
    /// The first group of linears to run.
    public let firstGroup: Int
    /// One past the last group to run.
    public let lastGroup: Int
    /// Groups whose input's Gram is wanted.
    public let taps: [Int]
    /// The shard; `first` is unused beyond naming.
    public let sequences: SequenceRange
    /// The tensors that come as inputs.
    public let tensors: [TensorForm]
    /// The element type of the states that come and go; nil is Float32.
    public let states: String?
    /// How many times the first token of each sequence counts in the Grams; nil is once.
    public let firstTokenWeight: Double?

    /// Parameters from their parts.
    public init(
        block: Int, firstGroup: Int, lastGroup: Int, taps: [Int], sequences: SequenceRange,
        tensors: [TensorForm], states: String? = nil, firstTokenWeight: Double? = nil
    ) {
        self.firstTokenWeight = firstTokenWeight
        self.states = states
        self.block = block
        self.firstGroup = firstGroup
        self.lastGroup = lastGroup
        self.taps = taps
        self.sequences = sequences
        self.tensors = tensors
    }
}

/// Parameters of `reduce-gram`.
///
/// Inputs `partial:0`, `partial:1`, … summed in this order in Float64; output `gram`.
public struct ReduceGramParameters: Hashable, Sendable, Codable {
    /// Columns of the Gram.
    public let dimension: Int
    /// How many partial sums come.
    public let partials: Int

    /// Parameters from their parts.
    public init(dimension: Int, partials: Int) {
        self.dimension = dimension
        self.partials = partials
    }
}

/// Parameters of `factor-gram`. Input `gram`; output `factor`.
public struct FactorGramParameters: Hashable, Sendable, Codable {
    /// Columns of the Gram.
    public let dimension: Int
    /// Fraction of the mean of the diagonal that is added to it.
    public let damping: Double
    /// Whether columns are ordered by falling diagonal first.
    public let actOrder: Bool
    /// What people call the Gram in messages.
    public let label: String

    /// Parameters from their parts.
    public init(dimension: Int, damping: Double, actOrder: Bool, label: String) {
        self.dimension = dimension
        self.damping = damping
        self.actOrder = actOrder
        self.label = label
    }
}

/// Parameters of `compress-layer`.
///
/// Inputs: `weight`, and as far as there are `gram`, `held_out_gram`, `factor`. Outputs: `weight`
/// in the same element type, and the tensors of `codes`. Facts: ``LayerFacts``.
public struct CompressLayerParameters<Method: Hashable & Sendable & Codable>:
    Hashable, Sendable, Codable
{
    /// The layer's name.
    public let layer: String
    /// Its weight, outputs × inputs unless it is stored by inputs.
    public let weight: TensorForm
    /// Whether the tensor is inputs × outputs; nil, which older descriptions have, is false.
    public let isStoredByInputs: Bool?
    /// How to compress it.
    public let method: Method
    /// The formats that the layer's codes are wanted in; nil when only the weight is.
    public let codes: CodeOutputs?

    /// Parameters from their parts; a weight is stored by outputs unless told otherwise.
    public init(
        layer: String, weight: TensorForm, isStoredByInputs: Bool = false, method: Method,
        codes: CodeOutputs? = nil
    ) {
        self.codes = codes
        self.layer = layer
        self.weight = weight
        // Left out where it is false, so that equal work keeps its key.
        self.isStoredByInputs = isStoredByInputs ? true : nil
        self.method = method
    }
}

/// Which tensors of a quantised layer are wanted beside its weight.
public struct CodeOutputs: Hashable, Sendable, Codable {
    /// The formats, all of which keep codes.
    public let formats: [OutputFormat]
    /// How the layer is quantised.
    public let scheme: QuantizationScheme
    /// The element type of the scales, "F16".
    public let scaleType: String

    /// Outputs from their parts.
    public init(formats: [OutputFormat], scheme: QuantizationScheme, scaleType: String) {
        self.formats = formats
        self.scheme = scheme
        self.scaleType = scaleType
    }
}

/// What compressing a layer cost.
public struct LayerFacts: Hashable, Sendable, Codable {
    /// The layer's name.
    public let layer: String
    /// The method's name.
    public let method: String
    /// Rows of the weight.
    public let outputs: Int
    /// Columns of the weight.
    public let inputs: Int
    /// Relative output error tr((W−Q)H(W−Q)ᵀ)/tr(WHWᵀ) on the calibration samples.
    public let error: Double?
    /// The same on samples that the method did not see.
    public let heldOutError: Double?
    /// Fraction of zeros in the compressed weight.
    public let sparsity: Double
    /// Bits per weight when packed, scales and zero points included; nil when not quantised.
    public let bitsPerWeight: Double?
    /// Fraction of the mean diagonal that was really added; nil without a factor.
    public let damping: Double?
    /// Inputs that calibration never excited.
    public let deadColumns: Int?

    /// Facts from their parts.
    public init(
        layer: String, method: String, outputs: Int, inputs: Int, error: Double?,
        heldOutError: Double?, sparsity: Double, bitsPerWeight: Double?, damping: Double?,
        deadColumns: Int?
    ) {
        self.layer = layer
        self.method = method
        self.outputs = outputs
        self.inputs = inputs
        self.error = error
        self.heldOutError = heldOutError
        self.sparsity = sparsity
        self.bitsPerWeight = bitsPerWeight
        self.damping = damping
        self.deadColumns = deadColumns
    }
}

/// Parameters of `assemble-shard`: inputs `tensor:NAME`, output `file`.
public struct AssembleShardParameters: Hashable, Sendable, Codable {
    /// The file's tensors.
    public let tensors: [TensorForm]
    /// The file's metadata.
    public let metadata: [String: String]

    /// Parameters from their parts.
    public init(tensors: [TensorForm], metadata: [String: String]) {
        self.tensors = tensors
        self.metadata = metadata
    }
}

/// Parameters of `evaluate-head`.
///
/// Inputs: `configuration`, `tokens`, `hidden`, tensors. Facts: ``EvaluationFacts``.
public struct EvaluateHeadParameters: Hashable, Sendable, Codable {
    /// The shard.
    public let sequences: SequenceRange
    /// The tensors that come as inputs.
    public let tensors: [TensorForm]

    /// Parameters from their parts.
    public init(sequences: SequenceRange, tensors: [TensorForm]) {
        self.sequences = sequences
        self.tensors = tensors
    }
}

/// How well a shard's windows were predicted.
public struct EvaluationFacts: Hashable, Sendable, Codable {
    /// Sum of the negative log-likelihoods of each window, in nats.
    public let sums: [Double]
    /// Predictions in each window: its length less one.
    public let predictions: Int

    /// Facts from their parts.
    public init(sums: [Double], predictions: Int) {
        self.sums = sums
        self.predictions = predictions
    }
}
