/// The sizes of a decoder, under the names of Llama's configuration, which most families share.
public struct DecoderSizes: Sendable, Hashable {
    /// What a family takes where its configuration is silent.
    struct Defaults {
        var maximumPositions: Int
        var normEpsilon: Double
        var tiesEmbeddings = false
        /// Whether there may be as many key and value heads as query heads without a word.
        var infersKeyValueHeads = false
        /// Whether a head may be as wide as the hidden size over the heads without a word.
        var infersHeadDimension = true
    }

    /// The width of the hidden state.
    public let hiddenSize: Int
    /// The width of the feed-forward layer.
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
    /// The width of a head, even; heads × this may differ from the hidden size.
    public let headDimension: Int
    /// Added to the mean square in every norm.
    public let normEpsilon: Float
    /// Whether the output projection is the embedding.
    public let tiesEmbeddings: Bool

    // With these bounds no count of elements, bytes or parameters can overflow.
    static let sizeMax = 1 << 22
    static let vocabularyMax = 1 << 24
    static let blocksMax = 10_000
    static let headsMax = 1 << 16
    static let positionsMax = 1 << 30
    static let epsilons = 1e-12...1e-1

    init(_ c: ModelConfiguration, defaults: Defaults) throws(ModelError) {
        let sizeMax = Self.sizeMax
        hiddenSize = try c.size("hidden_size", default: nil, maximum: sizeMax)
        intermediateSize = try c.size("intermediate_size", default: nil, maximum: sizeMax)
        vocabularySize = try c.size("vocab_size", default: nil, maximum: Self.vocabularyMax)
        blockCount = try c.size("num_hidden_layers", default: nil, maximum: Self.blocksMax)
        maximumPositions = try c.size(
            "max_position_embeddings",
            default: defaults.maximumPositions,
            maximum: Self.positionsMax
        )
        heads = try c.size("num_attention_heads", default: nil, maximum: Self.headsMax)
        keyValueHeads = try c.size(
            "num_key_value_heads",
            default: defaults.infersKeyValueHeads ? heads : nil,
            maximum: heads
        )
        guard heads.isMultiple(of: keyValueHeads) else {
            throw .invalidConfiguration(
                field: "num_key_value_heads",
                reason: "\(keyValueHeads) does not divide the \(heads) heads"
            )
        }
        headDimension = try Self.headDimension(
            c, hiddenSize: hiddenSize, heads: heads, infers: defaults.infersHeadDimension)
        normEpsilon = Float(
            try c.number("rms_norm_eps", default: defaults.normEpsilon, in: Self.epsilons))
        tiesEmbeddings = try c.flag("tie_word_embeddings", default: defaults.tiesEmbeddings)
    }

    private static func headDimension(
        _ c: ModelConfiguration, hiddenSize: Int, heads: Int, infers: Bool
    ) throws(ModelError) -> Int {
        if infers, !c.has("head_dim"), !hiddenSize.isMultiple(of: heads) {
            throw .invalidConfiguration(
                field: "hidden_size",
                reason: "\(hiddenSize) is no multiple of the \(heads) heads"
            )
        }
        let dimension = try c.size(
            "head_dim",
            default: infers ? hiddenSize / heads : nil,
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
}
