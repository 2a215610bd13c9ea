/// A decoder as GGUF describes it, and how its tensors are called and laid out there.
///
/// For example:
///
///     let model = try GGUFModel(configuration: .parse(bytes, file: "config.json"))
///     let change = model.change(writing: "model.layers.0.self_attn.q_proj.weight")
///     // change.name is "blk.0.attn_q.weight"; for Llama, change.rowOrder moves its rows.
public struct GGUFModel: Sendable, Hashable {
    /// The architectures that can be written, by their GGUF names.
    public enum Architecture: String, Sendable, CaseIterable {
        /// Llama, Mistral, SmolLM2.
        case llama
        /// Qwen2 and Qwen2.5.
        case qwen2
        /// Qwen3.
        case qwen3
        /// The text models of Gemma 3.
        case gemma3
        /// Phi-3 with its short context.
        case phi3
    }

    /// How rotary frequencies are stretched beyond the length of training.
    public enum RopeScaling: Sendable, Hashable {
        /// Not at all.
        case none
        /// All frequencies divided by one factor.
        case linear(factor: Double)
        /// By wavelength (arXiv 2309.00071).
        case yarn(factor: Double, trainedLength: Int)
        /// By wavelength, as Llama 3.1 does; goes into the tensor `rope_freqs.weight`.
        case llama3(factor: Double, lowFactor: Double, highFactor: Double, trainedLength: Int)
    }

    /// The largest number of blocks; no model comes near it.
    public static let blocksMax = 10_000
    /// The largest width of one head.
    public static let headLengthMax = 65_536
    /// The largest number of rows of all heads together; no model comes near it.
    public static let headRowsMax = 1 << 24

    /// The architecture.
    public let architecture: Architecture
    /// The number of decoder blocks.
    public let blockCount: Int
    /// The longest sequence, in tokens.
    public let contextLength: Int
    /// The width of the hidden state.
    public let embeddingLength: Int
    /// The width inside the gated unit.
    public let feedForwardLength: Int
    /// The number of query heads.
    public let headCount: Int
    /// The number of key and value heads.
    public let keyValueHeadCount: Int
    /// The width of one head.
    public let headLength: Int
    /// How many dimensions of a head are rotated; an even number.
    public let rotatedLength: Int
    /// The ε of the RMS norms.
    public let normEpsilon: Double
    /// The base of the rotary frequencies.
    public let ropeBase: Double
    /// The same for blocks with a sliding window; nil when there are none.
    public let localRopeBase: Double?
    /// How the frequencies are stretched.
    public let ropeScaling: RopeScaling
    /// The sliding window in tokens; nil for full attention.
    public let slidingWindow: Int?
    /// The rows of the embedding.
    public let vocabularySize: Int
    /// Whether the embedding is the output matrix too; GGUF then has no `output.weight`.
    public let isTied: Bool

    /// The width by whose root llama.cpp divides the products of queries and keys, which it knows
    /// Gemma's largest model for by its blocks.
    var attentionScaleLength: Int {
        architecture == .gemma3 && blockCount == 62 ? embeddingLength / headCount : headLength
    }

    /// Whether a block of Gemma 3 sees a sliding window only: all but every sixth.
    static func isSliding(_ block: Int) -> Bool { !(block + 1).isMultiple(of: 6) }
}
