/// OPT (arXiv 2205.01068): learned positions from row 2 on, a plain feed-forward layer, and layer
/// norms before the sublayers, or after them in the 350M model, which also has embeddings
/// narrower than its hidden state; `model_type` "opt".
public struct OPT: Transformer {
    /// The `model_type` of the configuration.
    public var modelType: String { "opt" }
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
    private let embeddingWidth: Int
    private let activation: Activation
    private let normsBefore: Bool
    private let hasFinalNorm: Bool
    private let hasBias: Bool
    private let normKind: NormBlueprint.Kind
    private let tiesEmbeddings: Bool

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        typealias Bounds = DecoderSizes
        hiddenSize = try c.size("hidden_size", default: 768, maximum: Bounds.sizeMax)
        vocabularySize = try c.size("vocab_size", default: 50_272, maximum: Bounds.vocabularyMax)
        blockCount = try c.size("num_hidden_layers", default: 12, maximum: Bounds.blocksMax)
        maximumPositions = try c.size(
            "max_position_embeddings", default: 2_048, maximum: Bounds.sizeMax)
        intermediateSize = try c.size("ffn_dim", default: 3_072, maximum: Bounds.sizeMax)
        heads = try c.size("num_attention_heads", default: 12, maximum: Bounds.headsMax)
        guard hiddenSize.isMultiple(of: heads) else {
            throw .invalidConfiguration(
                field: "hidden_size", reason: "\(hiddenSize) is no multiple of the \(heads) heads")
        }
        embeddingWidth = try c.size(
            "word_embed_proj_dim", default: hiddenSize, maximum: Bounds.sizeMax)
        activation = try Activation(
            named: try c.text("activation_function", default: "relu"), field: "activation_function")
        normsBefore = try c.flag("do_layer_norm_before", default: true)
        let removesFinalNorm = try c.flag("_remove_final_layer_norm", default: false)
        hasFinalNorm = normsBefore && !removesFinalNorm
        hasBias = try c.flag("enable_bias", default: true)
        let hasAffineNorms = try c.flag("layer_norm_elementwise_affine", default: true)
        normKind = hasAffineNorms ? .layer : .bareLayer
        tiesEmbeddings = try c.flag("tie_word_embeddings", default: true)
        try c.requireClass("OPTForCausalLM")
    }

    private static let prefix = "model.decoder."

    /// The table of tokens, brought to the hidden size, and that of positions.
    public var embedding: EmbeddingBlueprint {
        EmbeddingBlueprint(
            tokens: Self.prefix + "embed_tokens.weight",
            width: embeddingWidth,
            projection: projection("project_in", outputs: hiddenSize, inputs: embeddingWidth),
            // The rows before the first position are left over from padding.
            positions: EmbeddingBlueprint.Positions(
                tensor: Self.prefix + "embed_positions.weight", offset: 2)
        )
    }

    /// The final norm and the output projection.
    public var head: HeadBlueprint? {
        HeadBlueprint(
            norm: hasFinalNorm ? norm(Self.prefix + "final_layer_norm") : nil,
            output: tiesEmbeddings ? embedding.tokens : "lm_head.weight",
            width: embeddingWidth,
            isTied: tiesEmbeddings,
            projection: projection("project_out", outputs: embeddingWidth, inputs: hiddenSize)
        )
    }

    /// Between the width of the embedding and that of the hidden state, where they differ.
    private func projection(_ name: String, outputs: Int, inputs: Int) -> LinearLayer? {
        guard outputs != inputs else { return nil }
        return LinearLayer(
            name: Self.prefix + name, bias: nil, outputs: outputs, inputs: inputs, block: 0,
            group: 0)
    }

    private func norm(_ name: String) -> NormBlueprint {
        // PyTorch's default: the configuration has no field for it.
        NormBlueprint(name: name, size: hiddenSize, kind: normKind, epsilon: 1e-5)
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let prefix = "\(Self.prefix)layers.\(block)."
        func linear(_ name: String, group: Int, outputs: Int, inputs: Int) -> LinearLayer {
            LinearLayer(
                name: prefix + name, bias: hasBias ? "\(prefix)\(name).bias" : nil,
                outputs: outputs, inputs: inputs, block: block, group: group)
        }
        func norms(_ name: String) -> SublayerNorms {
            let norm = norm(prefix + name)
            return normsBefore ? SublayerNorms(input: norm) : SublayerNorms(sum: norm)
        }
        let dimension = hiddenSize / heads
        return BlockBlueprint(
            attention: AttentionBlueprint(
                projections: ["q", "k", "v"].map {
                    linear(
                        "self_attn.\($0)_proj", group: 0, outputs: hiddenSize, inputs: hiddenSize)
                },
                output: linear(
                    "self_attn.out_proj", group: 1, outputs: hiddenSize, inputs: hiddenSize),
                heads: heads,
                keyValueHeads: heads,
                headDimension: dimension,
                scale: AttentionBlueprint.scale(ofDimension: Double(dimension))
            ),
            attentionNorms: norms("self_attn_layer_norm"),
            feedForward: .single(
                FeedForwardBlueprint(
                    entries: [
                        linear("fc1", group: 2, outputs: intermediateSize, inputs: hiddenSize)
                    ],
                    output: linear("fc2", group: 3, outputs: hiddenSize, inputs: intermediateSize),
                    isGated: false,
                    activation: activation
                )),
            feedForwardNorms: norms("final_layer_norm")
        )
    }
}
