import Linalg

extension Transformer {
    /// Two operations a weight and token; attention counts only the keys that a query may see.
    public func segmentFlops(
        block: Int,
        groups: Range<Int>,
        tokens: Int,
        sequenceLength: Int
    ) -> Double {
        let blueprint = blueprint(ofBlock: block)
        var flops = 0.0
        for group in blueprint.groups where groups.contains(group.step) {
            for layer in group.linears {
                let weights = Double(layer.outputs) * Double(layer.inputs)
                flops += 2 * Double(tokens) * weights * blueprint.passing(group)
            }
        }
        if groups.contains(2) {
            let routing = blueprint.routing(ofStep: 2).reduce(0) { $0 + $1.shape.reduce(1, *) }
            flops += 2 * Double(tokens) * Double(routing)
        }
        if groups.contains(0) {
            // Scores and sums: 2 · 2 · width for each key.
            let twice = blueprint.attention.reach.keysTwice(length: sequenceLength)
            flops += 2 * Double(tokens) * twice * Double(blueprint.attention.queryWidth)
        }
        return flops
    }

    /// Two operations a weight and token.
    public func headFlops(tokens: Int) -> Double {
        guard let head else { return 0 }
        let projection = head.projection.map { $0.outputs * $0.inputs } ?? 0
        let weights = Double(vocabularySize) * Double(head.width) + Double(projection)
        return 2 * Double(tokens) * weights
    }

    /// Float32 weights of the groups, the given state, and the largest scratch of any group.
    public func segmentWorkingBytes(
        block: Int, groups: Range<Int>, tokens: Int, sequenceLength: Int
    ) -> Int {
        let blueprint = blueprint(ofBlock: block)
        let rotated = blueprint.attention.rotary?.headDimension ?? 0
        var weights = blueprint.norms.reduce(0) { $0 + $1.elementCount }
        if groups.contains(2) {
            weights += blueprint.routing(ofStep: 2).reduce(0) { $0 + $1.shape.reduce(1, *) }
        }
        var turned = 0
        for group in blueprint.groups where groups.contains(group.step) {
            for layer in group.linears {
                weights += layer.outputs * (layer.inputs + 1)
                // The tensor and its transpose stand side by side while it is read.
                if layer.isStoredByInputs { turned = max(turned, layer.outputs * layer.inputs) }
            }
        }
        // The hidden state of step 1 stays beside the given one until the segment ends.
        let carried = groups.contains(1) && groups.upperBound > 2 ? hiddenSize : 0
        let scratch = (0..<4).map { step -> Int in
            guard step >= groups.lowerBound, step <= groups.upperBound else { return 0 }
            return (step < 2 ? 0 : carried) + blueprint.scratch(ofStep: step)
        }
        let given = hiddenSize + blueprint.middleWidth(at: groups.lowerBound)
        // The rotary table, and scores of 128 queries.
        let tables = groups.contains(0) ? sequenceLength * (rotated + 128) : 0
        return 4 * (weights + turned + tables + tokens * (given + (scratch.max() ?? 0)))
    }

    /// The whole output projection in Float32, the given and the normed state, and one tile.
    public func headWorkingBytes(tokens: Int) -> Int {
        guard let head else { return 0 }
        let tile = min(TiledHead.tileRows, vocabularySize)
        let projection = head.projection.map { $0.outputs * $0.inputs + tokens * $0.outputs } ?? 0
        return 4
            * (vocabularySize * head.width + projection + tokens * (2 * hiddenSize + tile))
    }
}

extension BlockBlueprint {
    /// The share of all tokens that a group sees, were experts chosen evenly.
    fileprivate func passing(_ group: LinearGroup) -> Double {
        guard case .experts(let experts) = feedForward, group.step >= 2,
            !(experts.shared?.expert.layers.contains(group.linears[0]) ?? false)
        else { return 1 }
        return Double(experts.chosen) / Double(experts.experts.count)
    }

    /// Elements a token that a step holds beside what is given.
    fileprivate func scratch(ofStep step: Int) -> Int {
        let hidden = attention.output.outputs
        // A norm on the way out makes a second hidden state.
        let leaving = norms(ofStep: step).isEmpty ? hidden : 2 * hidden
        switch (step, feedForward) {
        case (0, _):
            return max(hidden, attention.queryWidth) + attention.queryWidth
                + 2 * attention.keyValueWidth
        case (1, _): return attention.queryWidth + leaving
        case (2, .single(let layer)): return hidden + (layer.isGated ? 2 : 1) * layer.width
        case (2, .experts(let experts)):
            // All tokens may go to one expert; beside them stands the middle state.
            return 2 * hidden + 2 * experts.widthMax + experts.layout.columns
        case (_, .single(let layer)): return layer.width + leaving
        case (_, .experts(let experts)):
            return experts.layout.columns + experts.widthMax + hidden + leaving
        }
    }
}

extension AttentionReach {
    /// Twice the keys that a query sees on average in a sequence.
    fileprivate func keysTwice(length: Int) -> Double {
        switch self {
        case .causal: return Double(length + 1)
        case .whole: return 2 * Double(length)
        case .window(let count):
            // All tokens but the first `seen` see as many as the window holds.
            let (seen, all) = (Double(min(count, length)), Double(max(length, 1)))
            return (2 * all - seen + 1) * seen / all
        }
    }
}
