/// Qwen3 with experts (arXiv 2505.09388): Qwen3's attention; some blocks have a feed-forward layer
/// as Qwen3 has it, the others experts; `model_type` "qwen3_moe".
public struct Qwen3MoE: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "qwen3_moe" }
    /// The sizes of its configuration.
    public let sizes: DecoderSizes
    private let rotary: RotaryEmbedding
    private let windows: SlidingWindows
    private let hasAttentionBias: Bool
    private let experts: QwenExperts

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        sizes = try DecoderSizes(
            c,
            defaults: DecoderSizes.Defaults(maximumPositions: 32_768, normEpsilon: 1e-6)
        )
        rotary = try RotaryEmbedding(
            configuration: c,
            headDimension: sizes.headDimension,
            maximumPositions: sizes.maximumPositions
        )
        // Unlike Qwen3 it has no pattern of blocks.
        let slides = try c.flag("use_sliding_window", default: false)
        windows = SlidingWindows(
            everywhere: slides ? try c.slidingWindow(default: 4_096) : nil,
            blocks: sizes.blockCount)
        hasAttentionBias = try c.flag("attention_bias", default: false)
        experts = try QwenExperts(c, blocks: sizes.blockCount, count: 128, chosen: 8, width: 768)
        try c.require("hidden_act", default: "silu", is: "silu")
        try c.requireClass("Qwen3MoeForCausalLM")
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        var attention = parts.attention(
            bias: hasAttentionBias, outputBias: hasAttentionBias, rotary: rotary)
        attention.reach = windows.reach(ofBlock: block)
        attention.queryNorm = parts.norm("self_attn.q_norm", size: headDimension)
        attention.keyNorm = parts.norm("self_attn.k_norm", size: headDimension)
        return parts.block(attention, experts.feedForward(parts, block: block))
    }
}
