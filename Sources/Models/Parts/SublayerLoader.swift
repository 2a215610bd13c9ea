/// Loads the parts of a block that a segment touches.
struct SublayerLoader {
    let plan: TransformerSegment.Plan
    let tensors: any TensorProvider

    private func norm(_ blueprint: NormBlueprint?) throws -> Norm? {
        try blueprint.map { try Norm($0, from: tensors) }
    }

    /// The way into a sublayer; nil when the segment does not touch it.
    func entry(
        _ step: Int, _ norms: SublayerNorms, _ body: () throws -> any EntryBody
    ) throws -> SublayerEntry? {
        guard plan.touches(step) else { return nil }
        return SublayerEntry(norm: try norm(norms.input), body: try body())
    }

    func entryBody(_ attention: AttentionBlueprint) throws -> any EntryBody {
        try single(0, group: attention.projections[0].group) {
            try GroupedAttention(attention, from: tensors)
        }
    }

    func entryBody(_ layer: FeedForwardLayer) throws -> any EntryBody {
        switch layer {
        case .single(let layer):
            try single(2, group: layer.entries[0].group) { try FeedForward(layer, from: tensors) }
        case .experts(let experts):
            try ExpertsEntry(experts, taps: plan.taps, runs: plan.runs(2), from: tensors)
        }
    }

    private func single(
        _ step: Int, group: Int, _ maker: () throws -> any MiddleMaker
    ) throws -> any EntryBody {
        SingleEntry(
            group: group,
            isTapped: plan.taps.contains(group),
            maker: plan.runs(step) ? try maker() : nil
        )
    }

    /// The way out of a sublayer; nil when the segment does not touch it.
    func exit(
        _ step: Int, _ norms: SublayerNorms, _ body: () throws -> any ExitBody
    ) throws -> SublayerExit? {
        guard plan.touches(step) else { return nil }
        let runs = plan.runs(step)
        return SublayerExit(
            body: try body(),
            outputNorm: runs ? try norm(norms.output) : nil,
            sumNorm: runs ? try norm(norms.sum) : nil
        )
    }

    func exitBody(_ layer: LinearLayer, step: Int) throws -> any ExitBody {
        SingleExit(
            group: layer.group,
            isTapped: plan.taps.contains(layer.group),
            projection: plan.runs(step) ? try DenseLinear(layer, from: tensors) : nil
        )
    }

    func exitBody(_ layer: FeedForwardLayer) throws -> any ExitBody {
        switch layer {
        case .single(let layer): try exitBody(layer.output, step: 3)
        case .experts(let experts):
            try ExpertsExit(experts, taps: plan.taps, runs: plan.runs(3), from: tensors)
        }
    }
}
