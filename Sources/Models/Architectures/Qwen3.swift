/// Qwen3 (arXiv 2505.09388): Llama with a norm on each head's queries and keys, a head dimension
/// of its own, and the windows of Qwen2; `model_type` "qwen3".
public struct Qwen3: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "qwen3" }
    /// The sizes of its configuration.
    public let sizes: DecoderSizes
    private let rotary: RotaryEmbedding
    private let windows: SlidingWindows
    private let hasAttentionBias: Bool

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        sizes = try DecoderSizes(
            c,
            defaults: DecoderSizes.Defaults(
                maximumPositions: 32_768, normEpsilon: 1e-6, infersHeadDimension: false)
        )
        rotary = try RotaryEmbedding(
            configuration: c,
            headDimension: sizes.headDimension,
            maximumPositions: sizes.maximumPositions
        )
        windows = try SlidingWindows(qwen: c, blocks: sizes.blockCount)
        hasAttentionBias = try c.flag("attention_bias", default: false)
        try c.require("hidden_act", default: "silu", is: "silu")
        try c.requireClass("Qwen3ForCausalLM")
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        var attention = parts.attention(
            bias: hasAttentionBias, outputBias: hasAttentionBias, rotary: rotary)
        attention.reach = windows.reach(ofBlock: block)
        attention.queryNorm = parts.norm("self_attn.q_norm", size: headDimension)
        attention.keyNorm = parts.norm("self_attn.k_norm", size: headDimension)
        return parts.block(attention, parts.feedForward())
    }
}
