public import Linalg

extension Llama {
    /// Looks tokens up in the embedding, row by row.
    public func embed(tokens: [Int32], from tensors: any TensorProvider) throws -> Matrix {
        var hidden = Matrix(rows: tokens.count, columns: hiddenSize)
        for (position, token) in tokens.enumerated() {
            guard token >= 0, Int(token) < vocabularySize else {
                throw ModelError.tokenOutOfRange(
                    token: token,
                    position: position,
                    vocabularySize: vocabularySize
                )
            }
            let row = try tensors.matrix(
                named: Self.embedding,
                rows: Int(token)..<Int(token) + 1
            )
            guard row.rows == 1, row.columns == hiddenSize else {
                throw ModelError.tensorShape(
                    name: Self.embedding,
                    expected: [1, hiddenSize],
                    found: [row.rows, row.columns]
                )
            }
            hidden.replaceRows(from: position, with: row)
        }
        return hidden
    }

    /// Loads the weights of some groups of a block.
    public func makeSegment(
        block: Int,
        groups: Range<Int>,
        taps: [Int],
        tensors: any TensorProvider
    ) throws -> any BlockSegment {
        precondition(groups.lowerBound >= 0 && groups.lowerBound < 4)
        precondition(groups.upperBound <= 4)
        precondition(taps.allSatisfy { $0 >= groups.lowerBound && $0 <= groups.upperBound })
        precondition(taps.allSatisfy { $0 < 4 })
        let layers = linearGroups(inBlock: block)
        let plan = DecoderSegment.Plan(
            groups: groups,
            taps: Set(taps),
            hiddenSize: hiddenSize,
            middleSizes: [1: layers[1].inputs, 3: layers[3].inputs],
            maximumPositions: maximumPositions
        )
        func norm(_ group: Int, _ name: String) throws -> RMSNorm? {
            guard plan.touches(group) else { return nil }
            return try RMSNorm(
                named: name,
                size: hiddenSize,
                epsilon: normEpsilon,
                from: tensors
            )
        }
        func projection(_ group: Int) throws -> DenseLinear? {
            guard plan.runs(group) else { return nil }
            return try DenseLinear(layers[group].linears[0], from: tensors)
        }
        return DecoderSegment(
            plan: plan,
            inputNorm: try norm(0, inputNorm(inBlock: block)),
            attention: plan.runs(0)
                ? try GroupedAttention(
                    layers: layers[0].linears,
                    heads: heads,
                    keyValueHeads: keyValueHeads,
                    rotary: rotary,
                    from: tensors
                ) : nil,
            outputProjection: try projection(1),
            gatedNorm: try norm(2, gatedNorm(inBlock: block)),
            gatedUnit: plan.runs(2)
                ? try GatedUnit(layers: layers[2].linears, from: tensors) : nil,
            downProjection: try projection(3)
        )
    }

    /// Loads the final norm and the projection onto the vocabulary.
    public func makeHead(tensors: any TensorProvider) throws -> any ModelHead {
        let norm = try RMSNorm(
            named: Self.finalNorm,
            size: hiddenSize,
            epsilon: normEpsilon,
            from: tensors
        )
        return try TiledHead(
            norm: norm,
            projection: tiesEmbeddings ? Self.embedding : Self.output,
            hiddenSize: hiddenSize,
            vocabularySize: vocabularySize,
            from: tensors
        )
    }
}
