extension Transformer {
    /// The groups that enter and leave attention and the feed-forward layer.
    public func linearGroups(inBlock block: Int) -> [LinearGroup] {
        precondition(block >= 0 && block < blockCount)
        return blueprint(ofBlock: block).groups
    }

    /// Every tensor that must be present, with its shape.
    public func expectedTensors() -> [(name: String, shape: [Int])] {
        var tensors = embeddingShapes()
        for block in 0..<blockCount {
            let blueprint = blueprint(ofBlock: block)
            for norm in blueprint.norms { tensors += shapes(of: norm) }
            tensors += blueprint.routing(ofStep: 2)
            for layer in blueprint.groups.flatMap(\.linears) { tensors += shapes(of: layer) }
        }
        guard let head else { return tensors }
        if let norm = head.norm { tensors += shapes(of: norm) }
        if let projection = head.projection { tensors += shapes(of: projection) }
        if !head.isTied { tensors.append((head.output, [vocabularySize, head.width])) }
        return tensors
    }

    private func embeddingShapes() -> [(name: String, shape: [Int])] {
        var tensors: [(name: String, shape: [Int])] = [
            (embedding.tokens, [vocabularySize, embedding.width])
        ]
        if let projection = embedding.projection { tensors += shapes(of: projection) }
        if let positions = embedding.positions {
            tensors.append((positions.tensor, [maximumPositions + positions.offset, hiddenSize]))
        }
        if let segments = embedding.segments {
            tensors.append((segments.tensor, [segments.count, hiddenSize]))
        }
        if let norm = embedding.norm { tensors += shapes(of: norm) }
        return tensors
    }

    private func shapes(of norm: NormBlueprint) -> [(name: String, shape: [Int])] {
        norm.tensors.map { ($0, [norm.size]) }
    }

    private func shapes(of layer: LinearLayer) -> [(name: String, shape: [Int])] {
        [(layer.weight, layer.storedShape)] + (layer.bias.map { [($0, [layer.outputs])] } ?? [])
    }

    /// Old files hold the rotary frequencies, and some tied ones a copy of the embedding.
    public func carriesUnread(_ tensor: String) -> Bool {
        tensor.hasSuffix(".rotary_emb.inv_freq")
            || (head?.isTied == true && tensor == "lm_head.weight")
    }

    /// The tensors that `embed` reads.
    public var embeddingTensors: [String] { embedding.tensors }

    /// The final norm and the output projection, or the embedding when they are tied.
    public var headTensors: [String] { head?.tensors ?? [] }

    /// Exactly the tensors that a segment reads.
    public func segmentTensors(block: Int, groups: Range<Int>, taps: [Int]) -> [String] {
        let blueprint = blueprint(ofBlock: block)
        let all = blueprint.groups
        return (0..<4).flatMap { step -> [String] in
            let here = all.filter { $0.step == step }
            let runs = groups.contains(step)
            let enters = step.isMultiple(of: 2) && here.contains { taps.contains($0.index) }
            var names: [String] = []
            if runs || enters {
                names += blueprint.norms(ofStep: step).flatMap(\.tensors)
                names += blueprint.routing(ofStep: step).map(\.name)
            }
            guard runs else { return names }
            names += here.flatMap(\.linears).flatMap(\.tensors)
            if step == 0 {
                let norms = [blueprint.attention.queryNorm, blueprint.attention.keyNorm]
                names += norms.compactMap { $0 }.flatMap(\.tensors)
            }
            return names
        }
    }

    /// The columns of the middle state of a block at a boundary.
    public func middleWidth(inBlock block: Int, boundary: Int) -> Int {
        precondition(0...4 ~= boundary)
        return blueprint(ofBlock: block).middleWidth(at: boundary)
    }
}
