/// A block: attention, then a feed-forward layer, each with its norms and its residual.
public struct BlockBlueprint: Sendable, Hashable {
    let attention: AttentionBlueprint
    let attentionNorms: SublayerNorms
    let feedForward: FeedForwardLayer
    let feedForwardNorms: SublayerNorms

    /// The groups that share an input, in the order of execution.
    var groups: [LinearGroup] {
        [
            group("qkv_input", step: 0, attention.projections),
            group("o_input", step: 1, [attention.output]),
        ] + feedForwardGroups
    }

    private var feedForwardGroups: [LinearGroup] {
        switch feedForward {
        case .single(let layer):
            let tap = layer.isGated ? "gate_up_input" : "up_input"
            return [
                group(tap, step: 2, layer.entries), group("down_input", step: 3, [layer.output]),
            ]
        case .experts(let experts):
            let names = experts.experts.indices.map { "expert.\($0)" } + ["shared_expert"]
            return zip(names, experts.all).map { name, expert in
                group("\(name).gate_up_input", step: 2, expert.entries)
            }
                + zip(names, experts.all).map { name, expert in
                    group("\(name).down_input", step: 3, [expert.output])
                }
        }
    }

    private func group(_ tap: String, step: Int, _ linears: [LinearLayer]) -> LinearGroup {
        LinearGroup(
            index: linears[0].group, step: step, tap: tap, inputs: linears[0].inputs,
            linears: linears)
    }

    /// The columns of the middle state at a boundary in 0...4; 0 at even ones.
    func middleWidth(at boundary: Int) -> Int {
        switch boundary {
        case 1: attention.queryWidth
        case 3: feedForward.middleWidth
        default: 0
        }
    }

    /// What a step reads besides norms and linear layers: the routing of experts.
    func routing(ofStep step: Int) -> [(name: String, shape: [Int])] {
        guard step == 2, case .experts(let experts) = feedForward else { return [] }
        return experts.routing
    }

    /// The norms that step k reads, 0 ≤ k < 4: on entering a sublayer, and on leaving it.
    func norms(ofStep step: Int) -> [NormBlueprint] {
        let norms = step < 2 ? attentionNorms : feedForwardNorms
        let used = step.isMultiple(of: 2) ? [norms.input] : [norms.output, norms.sum]
        return used.compactMap { $0 }
    }

    /// All norms, with those of queries and keys.
    var norms: [NormBlueprint] {
        attentionNorms.all + [attention.queryNorm, attention.keyNorm].compactMap { $0 }
            + feedForwardNorms.all
    }
}
