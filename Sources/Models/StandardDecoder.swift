/// A decoder laid out and named as Llama is; families differ in what stands in its blocks.
public protocol StandardDecoder: Transformer {
    /// The sizes of its configuration.
    var sizes: DecoderSizes { get }
}

extension StandardDecoder {
    /// The width of the hidden state.
    public var hiddenSize: Int { sizes.hiddenSize }
    /// The width of the feed-forward layer.
    public var intermediateSize: Int { sizes.intermediateSize }
    /// The number of rows of the embedding.
    public var vocabularySize: Int { sizes.vocabularySize }
    /// The number of blocks.
    public var blockCount: Int { sizes.blockCount }
    /// The longest sequence in tokens.
    public var maximumPositions: Int { sizes.maximumPositions }
    /// The number of query heads.
    public var heads: Int { sizes.heads }
    /// The number of key and value heads; divides `heads`.
    public var keyValueHeads: Int { sizes.keyValueHeads }
    /// The width of a head; heads × this may differ from the hidden size.
    public var headDimension: Int { sizes.headDimension }
    /// Added to the mean square in every norm.
    public var normEpsilon: Float { sizes.normEpsilon }
    /// Whether the output projection is the embedding.
    public var tiesEmbeddings: Bool { sizes.tiesEmbeddings }

    /// The table of tokens.
    public var embedding: EmbeddingBlueprint { standardEmbedding }
    /// The final norm and the output projection.
    public var head: HeadBlueprint? { standardHead(norm: .rootMeanSquare) }

    var standardEmbedding: EmbeddingBlueprint {
        EmbeddingBlueprint(tokens: "model.embed_tokens.weight", width: hiddenSize)
    }

    func standardHead(norm kind: NormBlueprint.Kind) -> HeadBlueprint {
        HeadBlueprint(
            norm: NormBlueprint(
                name: "model.norm", size: hiddenSize, kind: kind, epsilon: normEpsilon),
            output: tiesEmbeddings ? embedding.tokens : "lm_head.weight",
            width: hiddenSize,
            isTied: tiesEmbeddings
        )
    }

    func parts(ofBlock block: Int) -> StandardParts { StandardParts(block: block, sizes: sizes) }
}

/// The parts of a block of a standard decoder, by their usual names.
struct StandardParts: Sendable {
    let block: Int
    let sizes: DecoderSizes
    var normKind = NormBlueprint.Kind.rootMeanSquare

    var prefix: String { "model.layers.\(block)." }

    /// A norm of the hidden state, or of heads of another size.
    func norm(_ name: String, size: Int? = nil) -> NormBlueprint {
        NormBlueprint(
            name: prefix + name,
            size: size ?? sizes.hiddenSize,
            kind: normKind,
            epsilon: sizes.normEpsilon
        )
    }

    func linear(
        _ name: String, group: Int, outputs: Int, inputs: Int, bias: Bool = false
    ) -> LinearLayer {
        LinearLayer(
            name: prefix + name,
            bias: bias ? "\(prefix)\(name).bias" : nil,
            outputs: outputs,
            inputs: inputs,
            block: block,
            group: group
        )
    }

    /// Query, key and value by themselves, and the usual scale.
    func attention(
        bias: Bool = false, outputBias: Bool = false, rotary: RotaryEmbedding
    ) -> AttentionBlueprint {
        let (wide, narrow) = (
            sizes.heads * sizes.headDimension, sizes.keyValueHeads * sizes.headDimension
        )
        let projections = [("q", wide), ("k", narrow), ("v", narrow)].map { name, outputs in
            linear(
                "self_attn.\(name)_proj", group: 0, outputs: outputs, inputs: sizes.hiddenSize,
                bias: bias)
        }
        return attention(projections, outputBias: outputBias, rotary: rotary)
    }

    func attention(
        _ projections: [LinearLayer], outputBias: Bool = false, rotary: RotaryEmbedding
    ) -> AttentionBlueprint {
        AttentionBlueprint(
            projections: projections,
            output: linear(
                "self_attn.o_proj", group: 1, outputs: sizes.hiddenSize,
                inputs: sizes.heads * sizes.headDimension, bias: outputBias),
            heads: sizes.heads,
            keyValueHeads: sizes.keyValueHeads,
            headDimension: sizes.headDimension,
            scale: AttentionBlueprint.scale(ofDimension: Double(sizes.headDimension)),
            rotary: rotary
        )
    }

    /// Gate and up by themselves.
    func feedForward(
        bias: Bool = false, activation: Activation = .silu
    ) -> FeedForwardLayer {
        let entries = ["gate", "up"].map { name in
            linear(
                "mlp.\(name)_proj", group: 2, outputs: sizes.intermediateSize,
                inputs: sizes.hiddenSize, bias: bias)
        }
        return feedForward(entries, bias: bias, activation: activation)
    }

    func feedForward(
        _ entries: [LinearLayer], bias: Bool = false, activation: Activation = .silu
    ) -> FeedForwardLayer {
        .single(
            FeedForwardBlueprint(
                entries: entries,
                output: linear(
                    "mlp.down_proj", group: 3, outputs: sizes.hiddenSize,
                    inputs: sizes.intermediateSize, bias: bias),
                isGated: true,
                activation: activation
            ))
    }

    /// A block with a norm before each sublayer.
    func block(
        _ attention: AttentionBlueprint, _ feedForward: FeedForwardLayer
    ) -> BlockBlueprint {
        BlockBlueprint(
            attention: attention,
            attentionNorms: SublayerNorms(input: norm("input_layernorm")),
            feedForward: feedForward,
            feedForwardNorms: SublayerNorms(input: norm("post_attention_layernorm"))
        )
    }
}
