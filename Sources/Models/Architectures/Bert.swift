import Linalg

/// BERT (arXiv 1810.04805) and the sentence encoders made of it, such as MiniLM: every token sees
/// all of its sequence, layer norms stand after the sublayers, and hidden states are what comes
/// out; `model_type` "bert".
///
/// All tokens are taken for the first segment and none for padding: sequences are whole.
public struct Bert: Transformer {
    /// The `model_type` of the configuration.
    public var modelType: String { "bert" }
    /// The width of the hidden state.
    public let hiddenSize: Int
    /// The number of rows of the embedding.
    public let vocabularySize: Int
    /// The number of blocks.
    public let blockCount: Int
    /// The longest sequence in tokens.
    public let maximumPositions: Int
    private let intermediateSize: Int
    private let heads: Int
    private let segmentCount: Int
    private let epsilon: Float
    private let activation: Activation

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        typealias Bounds = DecoderSizes
        hiddenSize = try c.size("hidden_size", default: 768, maximum: Bounds.sizeMax)
        vocabularySize = try c.size("vocab_size", default: 30_522, maximum: Bounds.vocabularyMax)
        blockCount = try c.size("num_hidden_layers", default: 12, maximum: Bounds.blocksMax)
        maximumPositions = try c.size(
            "max_position_embeddings", default: 512, maximum: Bounds.sizeMax)
        intermediateSize = try c.size(
            "intermediate_size", default: 3_072, maximum: Bounds.sizeMax)
        heads = try c.size("num_attention_heads", default: 12, maximum: Bounds.headsMax)
        guard hiddenSize.isMultiple(of: heads) else {
            throw .invalidConfiguration(
                field: "hidden_size", reason: "\(hiddenSize) is no multiple of the \(heads) heads")
        }
        segmentCount = try c.size("type_vocab_size", default: 2, maximum: Bounds.sizeMax)
        epsilon = Float(try c.number("layer_norm_eps", default: 1e-12, in: Bounds.epsilons))
        activation = try Activation(
            named: try c.text("hidden_act", default: "gelu"), field: "hidden_act")
        try c.refuse("is_decoder", because: "only the encoder is supported")
        try c.refuse("add_cross_attention", because: "only encoders by themselves are supported")
        try c.require("position_embedding_type", default: "absolute", is: "absolute")
        try c.requireClass("BertModel")
    }

    /// Tokens, positions and the first segment, normed.
    public var embedding: EmbeddingBlueprint {
        EmbeddingBlueprint(
            tokens: "embeddings.word_embeddings.weight",
            width: hiddenSize,
            positions: EmbeddingBlueprint.Positions(
                tensor: "embeddings.position_embeddings.weight", offset: 0),
            segments: EmbeddingBlueprint.Segments(
                tensor: "embeddings.token_type_embeddings.weight", count: segmentCount),
            norm: norm("embeddings.LayerNorm")
        )
    }

    /// None: pooling happens outside.
    public var head: HeadBlueprint? { nil }

    /// The pooler stands behind the last block, and old files number their positions.
    public func carriesUnread(_ tensor: String) -> Bool {
        tensor.hasPrefix("pooler.") || tensor == "embeddings.position_ids"
    }

    private func norm(_ name: String) -> NormBlueprint {
        NormBlueprint(name: name, size: hiddenSize, kind: .layer, epsilon: epsilon)
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let prefix = "encoder.layer.\(block)."
        func linear(_ name: String, group: Int, outputs: Int, inputs: Int) -> LinearLayer {
            LinearLayer(
                name: prefix + name, bias: "\(prefix)\(name).bias", outputs: outputs,
                inputs: inputs, block: block, group: group)
        }
        let dimension = hiddenSize / heads
        return BlockBlueprint(
            attention: AttentionBlueprint(
                projections: ["query", "key", "value"].map {
                    linear(
                        "attention.self.\($0)", group: 0, outputs: hiddenSize, inputs: hiddenSize)
                },
                output: linear(
                    "attention.output.dense", group: 1, outputs: hiddenSize, inputs: hiddenSize),
                heads: heads,
                keyValueHeads: heads,
                headDimension: dimension,
                scale: AttentionBlueprint.scale(ofDimension: Double(dimension)),
                reach: .whole
            ),
            attentionNorms: SublayerNorms(sum: norm(prefix + "attention.output.LayerNorm")),
            feedForward: .single(
                FeedForwardBlueprint(
                    entries: [
                        linear(
                            "intermediate.dense", group: 2, outputs: intermediateSize,
                            inputs: hiddenSize)
                    ],
                    output: linear(
                        "output.dense", group: 3, outputs: hiddenSize, inputs: intermediateSize),
                    isGated: false,
                    activation: activation
                )),
            feedForwardNorms: SublayerNorms(sum: norm(prefix + "output.LayerNorm"))
        )
    }
}
