/// Phi-3 and Phi-4 (arXiv 2404.14219): Llama with q, k, v in one tensor and gate, up in another,
/// and maybe only a part of each head rotated; `model_type` "phi3".
public struct Phi3: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "phi3" }
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
            defaults: DecoderSizes.Defaults(
                maximumPositions: 4_096, normEpsilon: 1e-5, infersKeyValueHeads: true)
        )
        try Self.refuseLongRotary(c)
        rotary = try RotaryEmbedding(
            configuration: c,
            headDimension: sizes.headDimension,
            maximumPositions: sizes.maximumPositions,
            allowsPart: true
        )
        guard rotary.scaling == .none else {
            throw .unsupportedConfiguration(
                field: "rope_type",
                reason: "stretches the frequencies, which Phi-3 knows only as longrope"
            )
        }
        windows = SlidingWindows(
            everywhere: try c.slidingWindow(default: nil), blocks: sizes.blockCount)
        try c.require("hidden_act", default: "silu", is: "silu")
        try c.requireClass("Phi3ForCausalLM")
    }

    /// The long models change their frequencies with the length of the sequence that they read.
    private static func refuseLongRotary(_ c: ModelConfiguration) throws(ModelError) {
        for name in ["rope_scaling", "rope_parameters"] {
            guard let section = try c.section(name) else { continue }
            let outer = try section.text("type", default: "default")
            let type = try section.text("rope_type", default: outer)
            guard !["longrope", "su", "yarn"].contains(type) else {
                throw .unsupportedConfiguration(
                    field: "rope_type",
                    reason: "is '\(type)': its frequencies depend on the length of each sequence, "
                        + "and that is not supported; use the 4k model of the family"
                )
            }
        }
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        let fused = parts.linear(
            "self_attn.qkv_proj", group: 0, outputs: (heads + 2 * keyValueHeads) * headDimension,
            inputs: hiddenSize)
        var attention = parts.attention([fused], rotary: rotary)
        attention.reach = windows.reach(ofBlock: block)
        let entry = parts.linear(
            "mlp.gate_up_proj", group: 2, outputs: 2 * intermediateSize, inputs: hiddenSize)
        return parts.block(attention, parts.feedForward([entry]))
    }
}
