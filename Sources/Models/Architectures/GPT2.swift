/// GPT-2 (Radford and others, 2019): layer norms with biases, learned positions, a plain
/// feed-forward layer, and weights stored as inputs × outputs; `model_type` "gpt2".
///
/// Tensors are named as transformers writes them, behind "transformer."; files without that prefix
/// must be saved again by it.
public struct GPT2: Transformer {
    /// The `model_type` of the configuration.
    public var modelType: String { "gpt2" }
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
    private let epsilon: Float
    private let activation: Activation
    private let scalesAttention: Bool
    private let dividesByBlock: Bool
    private let tiesEmbeddings: Bool

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` for a missing or invalid field, and for arithmetic that is not
    ///   supported.
    public init(configuration c: ModelConfiguration) throws(ModelError) {
        typealias Bounds = DecoderSizes
        hiddenSize = try c.size("n_embd", default: 768, maximum: Bounds.sizeMax)
        vocabularySize = try c.size("vocab_size", default: 50_257, maximum: Bounds.vocabularyMax)
        blockCount = try c.size("n_layer", default: 12, maximum: Bounds.blocksMax)
        maximumPositions = try c.size("n_positions", default: 1_024, maximum: Bounds.sizeMax)
        intermediateSize = try c.size(
            "n_inner", default: 4 * hiddenSize, maximum: 4 * Bounds.sizeMax)
        heads = try c.size("n_head", default: 12, maximum: Bounds.headsMax)
        guard hiddenSize.isMultiple(of: heads) else {
            throw .invalidConfiguration(
                field: "n_embd", reason: "\(hiddenSize) is no multiple of the \(heads) heads")
        }
        epsilon = Float(try c.number("layer_norm_epsilon", default: 1e-5, in: Bounds.epsilons))
        activation = try Activation(
            named: try c.text("activation_function", default: "gelu_new"),
            field: "activation_function")
        scalesAttention = try c.flag("scale_attn_weights", default: true)
        dividesByBlock = try c.flag("scale_attn_by_inverse_layer_idx", default: false)
        tiesEmbeddings = try c.flag("tie_word_embeddings", default: true)
        try c.refuse("add_cross_attention", because: "only decoders by themselves are supported")
        try c.requireClass("GPT2LMHeadModel")
    }

    /// The table of tokens and that of positions.
    public var embedding: EmbeddingBlueprint {
        EmbeddingBlueprint(
            tokens: "transformer.wte.weight",
            width: hiddenSize,
            positions: EmbeddingBlueprint.Positions(tensor: "transformer.wpe.weight", offset: 0)
        )
    }

    /// The final norm and the output projection.
    public var head: HeadBlueprint? {
        HeadBlueprint(
            norm: norm("transformer.ln_f"),
            output: tiesEmbeddings ? embedding.tokens : "lm_head.weight",
            width: hiddenSize,
            isTied: tiesEmbeddings
        )
    }

    /// Old files hold the causal masks.
    public func carriesUnread(_ tensor: String) -> Bool {
        tensor.hasSuffix(".attn.bias") || tensor.hasSuffix(".attn.masked_bias")
            || (tiesEmbeddings && tensor == "lm_head.weight")
    }

    private func norm(_ name: String) -> NormBlueprint {
        NormBlueprint(name: name, size: hiddenSize, kind: .layer, epsilon: epsilon)
    }

    /// What a block, counted from zero, is made of.
    public func blueprint(ofBlock block: Int) -> BlockBlueprint {
        let prefix = "transformer.h.\(block)."
        func linear(_ name: String, group: Int, outputs: Int, inputs: Int) -> LinearLayer {
            LinearLayer(
                name: prefix + name, bias: "\(prefix)\(name).bias", outputs: outputs,
                inputs: inputs, block: block, group: group, isStoredByInputs: true)
        }
        let dimension = hiddenSize / heads
        // Two roundings as in transformers: the root's in Float64, then the quotient's.
        let scale = scalesAttention ? 1 / Double(dimension).squareRoot() : 1
        return BlockBlueprint(
            attention: AttentionBlueprint(
                projections: [
                    linear("attn.c_attn", group: 0, outputs: 3 * hiddenSize, inputs: hiddenSize)
                ],
                output: linear("attn.c_proj", group: 1, outputs: hiddenSize, inputs: hiddenSize),
                heads: heads,
                keyValueHeads: heads,
                headDimension: dimension,
                scale: Float(dividesByBlock ? scale / Double(block + 1) : scale)
            ),
            attentionNorms: SublayerNorms(input: norm(prefix + "ln_1")),
            feedForward: .single(
                FeedForwardBlueprint(
                    entries: [
                        linear("mlp.c_fc", group: 2, outputs: intermediateSize, inputs: hiddenSize)
                    ],
                    output: linear(
                        "mlp.c_proj", group: 3, outputs: hiddenSize, inputs: intermediateSize),
                    isGated: false,
                    activation: activation
                )),
            feedForwardNorms: SublayerNorms(input: norm(prefix + "ln_2"))
        )
    }
}
