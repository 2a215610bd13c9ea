/// Mistral (arXiv 2310.06825): Llama with a sliding window in every block or in none;
/// `model_type` "mistral".
public struct Mistral: StandardDecoder {
    /// The `model_type` of the configuration.
    public var modelType: String { "mistral" }
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
            defaults: DecoderSizes.Defaults(maximumPositions: 131_072, normEpsilon: 1e-6)
        )
        rotary = try RotaryEmbedding(
            configuration: c,
            headDimension: sizes.headDimension,
            maximumPositions: sizes.maximumPositions
        )
        windows = SlidingWindows(
            everywhere: try c.slidingWindow(default: 4_096), blocks: sizes.blockCount)
        guard !c.has("layer_types") else {
            throw .unsupportedConfiguration(
                field: "layer_types",
                reason: "is given, and a Mistral's blocks are all alike; "
                    + "models that alternate have another model_type"
            )
        }
        try c.require("hidden_act", default: "silu", is: "silu")
        try c.requireClass("MistralForCausalLM")
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let parts = parts(ofBlock: block)
        var attention = parts.attention(rotary: rotary)
        attention.reach = windows.reach(ofBlock: block)
        return parts.block(attention, parts.feedForward())
    }
}
