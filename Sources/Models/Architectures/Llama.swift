/// Llama (arXiv 2302.13971, 2407.21783): pre-norm blocks of grouped attention with rotary
/// positions and a gated unit; `model_type` "llama".
public struct Llama: Architecture {
    /// The `model_type` of the configuration.
    public var modelType: String { "llama" }
    /// The width of the hidden state.
    public let hiddenSize: Int
    /// The width of the gated unit.
    public let intermediateSize: Int
    /// The number of rows of the embedding.
    public let vocabularySize: Int
    /// The number of blocks.
    public let blockCount: Int
    /// The longest sequence in tokens.
    public let maximumPositions: Int
    /// The number of query heads.
    public let heads: Int
    /// The number of key and value heads; divides `heads`.
    public let keyValueHeads: Int
    /// The width of a head; heads × this may differ from the hidden size.
    public let headDimension: Int
    /// Added to the mean square in every norm.
    public let normEpsilon: Float
    /// The rotary embedding of queries and keys.
    public let rotary: RotaryEmbedding
    /// Whether q, k, v and o have biases.
    public let hasAttentionBias: Bool
    /// Whether gate, up and down have biases.
    public let hasGatedBias: Bool
    /// Whether the output projection is the embedding.
    public let tiesEmbeddings: Bool

    // With these bounds no count of elements, bytes or parameters can overflow.
    private static let sizeMax = 1 << 22
    private static let vocabularyMax = 1 << 24

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        let sizeMax = Self.sizeMax
        hiddenSize = try c.size("hidden_size", default: nil, maximum: sizeMax)
        intermediateSize = try c.size("intermediate_size", default: nil, maximum: sizeMax)
        vocabularySize = try c.size("vocab_size", default: nil, maximum: Self.vocabularyMax)
        blockCount = try c.size("num_hidden_layers", default: nil, maximum: 10_000)
        maximumPositions = try c.size("max_position_embeddings", default: 2_048, maximum: 1 << 30)
        heads = try c.size("num_attention_heads", default: nil, maximum: 1 << 16)
        keyValueHeads = try c.size("num_key_value_heads", default: heads, maximum: heads)
        headDimension = try Self.headDimension(c, hiddenSize: hiddenSize, heads: heads)
        normEpsilon = Float(try c.number("rms_norm_eps", default: 1e-6, in: 1e-12...1e-1))
        rotary = try RotaryEmbedding(
            configuration: c,
            headDimension: headDimension,
            maximumPositions: maximumPositions
        )
        hasAttentionBias = try c.flag("attention_bias", default: false)
        hasGatedBias = try c.flag("mlp_bias", default: false)
        tiesEmbeddings = try c.flag("tie_word_embeddings", default: false)
        try checkSupport(c)
    }

    private static func headDimension(
        _ c: ModelConfiguration,
        hiddenSize: Int,
        heads: Int
    ) throws(ModelError) -> Int {
        if !c.has("head_dim"), !hiddenSize.isMultiple(of: heads) {
            throw .invalidConfiguration(
                field: "hidden_size",
                reason: "\(hiddenSize) is no multiple of the \(heads) heads"
            )
        }
        let dimension = try c.size(
            "head_dim",
            default: hiddenSize / heads,
            maximum: sizeMax / heads
        )
        guard dimension.isMultiple(of: 2) else {
            throw .invalidConfiguration(
                field: "head_dim",
                reason: "\(dimension) is odd and cannot hold rotated pairs"
            )
        }
        return dimension
    }

    private func checkSupport(_ c: ModelConfiguration) throws(ModelError) {
        guard heads.isMultiple(of: keyValueHeads) else {
            throw .invalidConfiguration(
                field: "num_key_value_heads",
                reason: "\(keyValueHeads) does not divide the \(heads) heads"
            )
        }
        let activation = try c.text("hidden_act", default: "silu")
        guard activation == "silu" else {
            throw .unsupportedConfiguration(
                field: "hidden_act",
                reason: "is '\(activation)', and only silu is supported"
            )
        }
        guard try c.size("pretraining_tp", default: 1, maximum: 1 << 20) == 1 else {
            throw .unsupportedConfiguration(
                field: "pretraining_tp",
                reason: "is not 1; set it to 1, which changes only "
                    + "rounding"
            )
        }
        let classes = try c.texts("architectures")
        guard classes.isEmpty || classes.contains("LlamaForCausalLM") else {
            throw .unsupportedConfiguration(
                field: "architectures",
                reason: "names \(classes[0].prefix(200)), and only LlamaForCausalLM is supported"
            )
        }
    }
}
