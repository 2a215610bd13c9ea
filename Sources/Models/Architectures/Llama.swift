/// Llama (arXiv 2302.13971, 2407.21783): pre-norm blocks of grouped attention with rotary
/// positions and a gated unit; `model_type` "llama".
public struct Llama: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "llama" }
    /// The sizes of its configuration.
    public let sizes: DecoderSizes
    /// The rotary embedding of queries and keys.
    public let rotary: RotaryEmbedding
    /// Whether q, k, v and o have biases.
    public let hasAttentionBias: Bool
    /// Whether gate, up and down have biases.
    public let hasGatedBias: Bool

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        sizes = try DecoderSizes(
            c,
            defaults: DecoderSizes.Defaults(
                maximumPositions: 2_048, normEpsilon: 1e-6, infersKeyValueHeads: true)
        )
        rotary = try RotaryEmbedding(
            configuration: c,
            headDimension: sizes.headDimension,
            maximumPositions: sizes.maximumPositions
        )
        hasAttentionBias = try c.flag("attention_bias", default: false)
        hasGatedBias = try c.flag("mlp_bias", default: false)
        try c.require("hidden_act", default: "silu", is: "silu")
        guard try c.size("pretraining_tp", default: 1, maximum: 1 << 20) == 1 else {
            throw .unsupportedConfiguration(
                field: "pretraining_tp",
                reason: "is not 1; set it to 1, which changes only "
                    + "rounding"
            )
        }
        try c.requireClass("LlamaForCausalLM")
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        return parts.block(
            parts.attention(
                bias: hasAttentionBias, outputBias: hasAttentionBias, rotary: rotary),
            parts.feedForward(bias: hasGatedBias)
        )
    }
}
