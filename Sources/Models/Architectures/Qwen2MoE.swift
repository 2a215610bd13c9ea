/// Qwen2 with experts (arXiv 2407.10671): some blocks have a feed-forward layer as Qwen2 has it,
/// the others experts beside one that all tokens pass; `model_type` "qwen2_moe".
public struct Qwen2MoE: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "qwen2_moe" }
    /// The sizes of its configuration.
    public let sizes: DecoderSizes
    private let rotary: RotaryEmbedding
    private let windows: SlidingWindows
    private let hasBias: Bool
    private let experts: QwenExperts
    private let sharedWidth: Int

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
        windows = try Self.windows(c, blocks: sizes.blockCount)
        hasBias = try c.flag("qkv_bias", default: true)
        experts = try QwenExperts(c, blocks: sizes.blockCount, count: 60, chosen: 4, width: 1_408)
        sharedWidth = try c.size(
            "shared_expert_intermediate_size", default: 5_632, maximum: DecoderSizes.sizeMax)
        try c.require("hidden_act", default: "silu", is: "silu")
        try c.requireClass("Qwen2MoeForCausalLM")
    }

    /// Every other block of the first `max_window_layers`, unless `layer_types` says otherwise.
    private static func windows(
        _ c: ModelConfiguration, blocks: Int
    ) throws(ModelError) -> SlidingWindows {
        let isInUse = try c.flag("use_sliding_window", default: false)
        let end = try c.size(
            "max_window_layers", default: 28, minimum: 0, maximum: DecoderSizes.positionsMax)
        return try SlidingWindows(
            c,
            window: isInUse ? try c.slidingWindow(default: 4_096) : nil,
            blocks: blocks,
            pattern: { $0.isMultiple(of: 2) && $0 < end }
        )
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        var attention = parts.attention(bias: hasBias, rotary: rotary)
        attention.reach = windows.reach(ofBlock: block)
        return parts.block(
            attention, experts.feedForward(parts, block: block, sharedWidth: sharedWidth))
    }
}
