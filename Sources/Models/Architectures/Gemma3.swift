/// Gemma 3, text only (arXiv 2503.19786): norms before and after each sublayer, a norm on each
/// head's queries and keys, blocks that slide between ones that do not, each kind with rotary
/// frequencies of its own; `model_type` "gemma3_text".
public struct Gemma3: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "gemma3_text" }
    /// The sizes of its configuration.
    public let sizes: DecoderSizes
    private let globalRotary: RotaryEmbedding
    private let localRotary: RotaryEmbedding
    private let windows: SlidingWindows
    private let hasAttentionBias: Bool
    private let attentionScale: Float
    private let finalSoftCap: Float?

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        sizes = try DecoderSizes(
            c,
            defaults: DecoderSizes.Defaults(
                maximumPositions: 131_072, normEpsilon: 1e-6, tiesEmbeddings: true,
                infersHeadDimension: false)
        )
        (globalRotary, localRotary) = try Self.rotaries(c, sizes)
        windows = try Self.windows(c, blocks: sizes.blockCount)
        hasAttentionBias = try c.flag("attention_bias", default: false)
        attentionScale = AttentionBlueprint.scale(
            ofDimension: try c.number("query_pre_attn_scalar", default: 256, in: 1...1e6))
        finalSoftCap =
            c.has("final_logit_softcapping")
            ? Float(try c.number("final_logit_softcapping", default: nil, in: 1e-3...1e6)) : nil
        guard !c.has("attn_logit_softcapping") else {
            throw .unsupportedConfiguration(
                field: "attn_logit_softcapping",
                reason: "is given, and Gemma 3 has none: transformers does not apply it either"
            )
        }
        try c.require(
            "hidden_activation", default: "gelu_pytorch_tanh", is: "gelu_pytorch_tanh")
        try c.refuse("use_bidirectional_attention", because: "only causal attention is supported")
        try c.requireClass("Gemma3ForCausalLM")
    }

    /// Every sixth block is global unless the configuration says otherwise.
    private static func windows(
        _ c: ModelConfiguration, blocks: Int
    ) throws(ModelError) -> SlidingWindows {
        let step = try c.size("sliding_window_pattern", default: 6, maximum: DecoderSizes.blocksMax)
        return try SlidingWindows(
            c,
            window: try c.slidingWindow(default: 4_096),
            blocks: blocks,
            pattern: { !($0 + 1).isMultiple(of: step) }
        )
    }

    /// Global and local, from the nested parameters of transformers 5 or the fields before.
    private static func rotaries(
        _ c: ModelConfiguration, _ sizes: DecoderSizes
    ) throws(ModelError) -> (RotaryEmbedding, RotaryEmbedding) {
        let (bases, new) = (RotaryEmbedding.bases, try c.section("rope_parameters"))
        let old = try c.section("rope_scaling")
        if new != nil && old != nil {
            throw .unsupportedConfiguration(
                field: "rope_scaling",
                reason: "stands beside 'rope_parameters'; remove one"
            )
        }
        if let new, new.has("rope_theta") || new.has("rope_type") {
            throw .unsupportedConfiguration(
                field: "rope_parameters",
                reason: "does not tell full_attention from sliding_attention, and Gemma 3 rotates "
                    + "them differently"
            )
        }
        func rotary(
            _ section: ModelConfiguration?, _ outer: String, _ standard: Double
        ) throws(ModelError) -> RotaryEmbedding {
            let outside = try c.number(outer, default: standard, in: bases)
            let base = try section?.number("rope_theta", default: outside, in: bases) ?? outside
            let scaling = try section.map { (s) throws(ModelError) in
                try RotaryEmbedding.scaling(
                    s, outer: c, maximumPositions: sizes.maximumPositions)
            }
            return RotaryEmbedding(
                headDimension: sizes.headDimension, base: base, scaling: scaling ?? .none)
        }
        // The old scaling stretches the global frequencies alone.
        return (
            try rotary(try new?.section("full_attention") ?? old, "rope_theta", 1e6),
            try rotary(try new?.section("sliding_attention"), "rope_local_base_freq", 1e4)
        )
    }

    /// The table of tokens times √(hidden size), rounded to the Float32 that all is computed in.
    public var embedding: EmbeddingBlueprint {
        var embedding = standardEmbedding
        embedding.scale = Float(Double(hiddenSize).squareRoot())
        return embedding
    }

    /// The final norm and the output projection, with a soft cap if there is one.
    public var head: HeadBlueprint? {
        var head = standardHead(norm: .rootMeanSquareAboveOne)
        head.softCap = finalSoftCap
        return head
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        var parts = parts(ofBlock: block)
        parts.normKind = .rootMeanSquareAboveOne
        var attention = parts.attention(
            bias: hasAttentionBias, outputBias: hasAttentionBias,
            rotary: windows.isSliding(block) ? localRotary : globalRotary)
        attention.scale = attentionScale
        attention.reach = windows.reach(ofBlock: block)
        attention.queryNorm = parts.norm("self_attn.q_norm", size: headDimension)
        attention.keyNorm = parts.norm("self_attn.k_norm", size: headDimension)
        return BlockBlueprint(
            attention: attention,
            attentionNorms: SublayerNorms(
                input: parts.norm("input_layernorm"),
                output: parts.norm("post_attention_layernorm")),
            feedForward: parts.feedForward(activation: .geluTanh),
            feedForwardNorms: SublayerNorms(
                input: parts.norm("pre_feedforward_layernorm"),
                output: parts.norm("post_feedforward_layernorm"))
        )
    }
}
