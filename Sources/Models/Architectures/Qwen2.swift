/// Qwen2 and Qwen2.5 (arXiv 2407.10671): Llama with biases on q, k and v, and a sliding window in
/// later blocks if one is in use; `model_type` "qwen2".
public struct Qwen2: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "qwen2" }
    /// The sizes of its configuration.
    public let sizes: DecoderSizes
    private let rotary: RotaryEmbedding
    private let windows: SlidingWindows

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
        windows = try SlidingWindows(qwen: c, blocks: sizes.blockCount)
        try c.require("hidden_act", default: "silu", is: "silu")
        try c.requireClass("Qwen2ForCausalLM")
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        var attention = parts.attention(bias: true, rotary: rotary)
        attention.reach = windows.reach(ofBlock: block)
        return parts.block(attention, parts.feedForward())
    }
}

extension SlidingWindows {
    /// The rules of Qwen2 and Qwen3: windows only if `use_sliding_window` says so, and then from
    /// block `max_window_layers` on, unless `layer_types` says otherwise.
    init(qwen c: ModelConfiguration, blocks: Int) throws(ModelError) {
        let isInUse = try c.flag("use_sliding_window", default: false)
        let first = try c.size(
            "max_window_layers", default: 28, minimum: 0, maximum: DecoderSizes.positionsMax)
        try self.init(
            c,
            window: isInUse ? try c.slidingWindow(default: 4_096) : nil,
            blocks: blocks,
            pattern: { $0 >= first }
        )
    }
}
