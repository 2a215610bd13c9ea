/// Mixtral (arXiv 2401.04088): Mistral with experts for a feed-forward layer, of which a router
/// chooses some for each token; `model_type` "mixtral".
public struct Mixtral: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "mixtral" }
    /// The sizes of its configuration.
    public let sizes: DecoderSizes
    private let rotary: RotaryEmbedding
    private let windows: SlidingWindows
    private let experts: Int
    private let chosen: Int

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        sizes = try DecoderSizes(
            c,
            defaults: DecoderSizes.Defaults(maximumPositions: 131_072, normEpsilon: 1e-5)
        )
        rotary = try RotaryEmbedding(
            configuration: c,
            headDimension: sizes.headDimension,
            maximumPositions: sizes.maximumPositions,
            base: 1e6
        )
        windows = SlidingWindows(
            everywhere: try c.slidingWindow(default: nil), blocks: sizes.blockCount)
        experts = try c.size("num_local_experts", default: 8, maximum: ExpertsLayout.expertsMax)
        try ExpertsLayout.check(
            experts: experts, width: sizes.intermediateSize, blocks: sizes.blockCount,
            field: "num_local_experts")
        chosen = try c.size("num_experts_per_tok", default: 2, maximum: experts)
        try c.require("hidden_act", default: "silu", is: "silu")
        try c.requireClass("MixtralForCausalLM")
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        var attention = parts.attention(rotary: rotary)
        attention.reach = windows.reach(ofBlock: block)
        let names = ExpertNames(
            router: "block_sparse_moe.gate", experts: "block_sparse_moe.experts", gate: "w1",
            up: "w3", down: "w2")
        return parts.block(
            attention,
            parts.experts(
                names, count: experts, width: intermediateSize, chosen: chosen, normalises: true))
    }
}
