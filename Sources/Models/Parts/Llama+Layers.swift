extension Llama {
    private var queryWidth: Int { heads * headDimension }
    private var keyValueWidth: Int { keyValueHeads * headDimension }
    static let embedding = "model.embed_tokens.weight"
    static let finalNorm = "model.norm.weight"
    static let output = "lm_head.weight"

    private func prefix(_ block: Int) -> String { "model.layers.\(block)." }
    func inputNorm(inBlock block: Int) -> String { prefix(block) + "input_layernorm.weight" }
    func gatedNorm(inBlock block: Int) -> String {
        prefix(block) + "post_attention_layernorm.weight"
    }

    /// The groups q/k/v, o, gate/up and down of a block.
    public func linearGroups(inBlock block: Int) -> [LinearGroup] {
        precondition(block >= 0 && block < blockCount)
        func group(
            _ index: Int,
            _ tap: String,
            _ part: String,
            inputs: Int,
            bias: Bool,
            _ layers: [(name: String, outputs: Int)]
        ) -> LinearGroup {
            let linears = layers.map { layer in
                let name = "\(prefix(block))\(part).\(layer.name)_proj"
                return LinearLayer(
                    name: name,
                    bias: bias ? name + ".bias" : nil,
                    outputs: layer.outputs,
                    inputs: inputs,
                    block: block,
                    group: index
                )
            }
            return LinearGroup(index: index, tap: tap, inputs: inputs, linears: linears)
        }
        return [
            group(
                0,
                "qkv_input",
                "self_attn",
                inputs: hiddenSize,
                bias: hasAttentionBias,
                [("q", queryWidth), ("k", keyValueWidth), ("v", keyValueWidth)]
            ),
            group(
                1,
                "o_input",
                "self_attn",
                inputs: queryWidth,
                bias: hasAttentionBias,
                [("o", hiddenSize)]
            ),
            group(
                2,
                "gate_up_input",
                "mlp",
                inputs: hiddenSize,
                bias: hasGatedBias,
                [("gate", intermediateSize), ("up", intermediateSize)]
            ),
            group(
                3,
                "down_input",
                "mlp",
                inputs: intermediateSize,
                bias: hasGatedBias,
                [("down", hiddenSize)]
            ),
        ]
    }

    /// Every tensor that must be present, with its shape.
    public func expectedTensors() -> [(name: String, shape: [Int])] {
        var tensors: [(name: String, shape: [Int])] = [
            (Self.embedding, [vocabularySize, hiddenSize])
        ]
        for block in 0..<blockCount {
            tensors.append((inputNorm(inBlock: block), [hiddenSize]))
            tensors.append((gatedNorm(inBlock: block), [hiddenSize]))
            for layer in linears(inBlock: block) {
                tensors.append((layer.weight, [layer.outputs, layer.inputs]))
                if let bias = layer.bias { tensors.append((bias, [layer.outputs])) }
            }
        }
        tensors.append((Self.finalNorm, [hiddenSize]))
        if !tiesEmbeddings { tensors.append((Self.output, [vocabularySize, hiddenSize])) }
        return tensors
    }

    /// Old files hold the rotary frequencies, and some tied ones a copy of the embedding.
    public func carriesUnread(_ tensor: String) -> Bool {
        tensor.hasSuffix(".rotary_emb.inv_freq") || (tiesEmbeddings && tensor == Self.output)
    }

    /// The tensors that `embed` reads.
    public var embeddingTensors: [String] { [Self.embedding] }

    /// The final norm and the output projection, or the embedding when they are tied.
    public var headTensors: [String] {
        [Self.finalNorm, tiesEmbeddings ? Self.embedding : Self.output]
    }

    /// Exactly the tensors that a segment reads.
    public func segmentTensors(block: Int, groups: Range<Int>, taps: [Int]) -> [String] {
        linearGroups(inBlock: block).flatMap { group -> [String] in
            let runs = groups.contains(group.index)
            var names = runs ? group.linears.flatMap(\.tensors) : []
            if runs || taps.contains(group.index), group.index.isMultiple(of: 2) {
                names.insert(
                    group.index == 0 ? inputNorm(inBlock: block) : gatedNorm(inBlock: block),
                    at: 0
                )
            }
            return names
        }
    }
}
