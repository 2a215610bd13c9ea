public import Linalg

extension Transformer {
    /// Looks tokens up in the embedding, row by row, and adds what belongs to their positions.
    public func embed(tokens: [Int32], from tensors: any TensorProvider) throws -> Matrix {
        var hidden = try rows(of: tokens, from: tensors)
        if let factor = embedding.scale {
            var elements = hidden.mutableElements
            scale(&elements, by: factor)
        }
        if let projection = embedding.projection {
            hidden = try DenseLinear(projection, from: tensors).apply(hidden)
        }
        if let positions = embedding.positions {
            guard tokens.count <= maximumPositions else {
                throw ModelError.sequenceTooLong(length: tokens.count, maximum: maximumPositions)
            }
            let rows = positions.offset..<positions.offset + tokens.count
            add(
                try checkedRows(rows, of: positions.tensor, columns: hiddenSize, from: tensors),
                to: &hidden)
        }
        if let segments = embedding.segments {
            let first = try checkedRows(
                0..<1, of: segments.tensor, columns: hiddenSize, from: tensors)
            for position in tokens.indices {
                var row = hidden.mutableRow(position)
                addScaled(1, first.row(0), to: &row)
            }
        }
        if let norm = embedding.norm { hidden = try Norm(norm, from: tensors).apply(hidden) }
        return hidden
    }

    private func rows(of tokens: [Int32], from tensors: any TensorProvider) throws -> Matrix {
        var rows = Matrix(rows: tokens.count, columns: embedding.width)
        for (position, token) in tokens.enumerated() {
            guard token >= 0, Int(token) < vocabularySize else {
                throw ModelError.tokenOutOfRange(
                    token: token,
                    position: position,
                    vocabularySize: vocabularySize
                )
            }
            let row = try checkedRows(
                Int(token)..<Int(token) + 1, of: embedding.tokens, columns: embedding.width,
                from: tensors)
            rows.replaceRows(from: position, with: row)
        }
        return rows
    }

    private func checkedRows(
        _ rows: Range<Int>, of name: String, columns: Int, from tensors: any TensorProvider
    ) throws -> Matrix {
        let found = try tensors.matrix(named: name, rows: rows)
        guard found.rows == rows.count, found.columns == columns else {
            throw ModelError.tensorShape(
                name: name,
                expected: [rows.count, columns],
                found: [found.rows, found.columns]
            )
        }
        return found
    }

    /// Loads the weights of some steps of a block.
    public func makeSegment(
        block: Int,
        groups: Range<Int>,
        taps: [Int],
        tensors: any TensorProvider
    ) throws -> any BlockSegment {
        precondition(groups.lowerBound >= 0 && groups.lowerBound < 4)
        precondition(groups.upperBound <= 4)
        let blueprint = blueprint(ofBlock: block)
        let all = blueprint.groups
        precondition(taps.allSatisfy { all.indices.contains($0) })
        let tappedSteps = taps.map { all[$0].step }
        precondition(tappedSteps.allSatisfy { groups.lowerBound...groups.upperBound ~= $0 })
        let plan = TransformerSegment.Plan(
            steps: groups,
            taps: Set(taps),
            tappedSteps: Set(tappedSteps),
            hiddenSize: hiddenSize,
            middleSize: blueprint.middleWidth(at: groups.lowerBound),
            maximumPositions: maximumPositions
        )
        return try TransformerSegment(plan, of: blueprint, from: tensors)
    }

    /// Loads the final norm and the projection onto the vocabulary.
    public func makeHead(tensors: any TensorProvider) throws -> any ModelHead {
        guard let head else { throw ModelError.noHead(modelType: modelType) }
        return try TiledHead(
            head, hiddenSize: hiddenSize, vocabularySize: vocabularySize, from: tensors)
    }
}
