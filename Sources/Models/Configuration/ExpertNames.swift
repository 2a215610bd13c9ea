/// How a family calls the tensors of its experts, behind the prefix of a block.
struct ExpertNames: Sendable {
    let router: String
    let experts: String
    let gate: String
    let up: String
    let down: String
}

extension StandardParts {
    /// Gated experts, each a group of its own on the way in and on the way out.
    func experts(
        _ names: ExpertNames, count: Int, width: Int, chosen: Int, normalises: Bool,
        sharedWidth: Int? = nil
    ) -> FeedForwardLayer {
        let all = count + (sharedWidth == nil ? 0 : 1)
        func expert(_ name: String, index: Int, width: Int) -> FeedForwardBlueprint {
            let entries = [names.gate, names.up].map { part in
                linear(
                    "\(name).\(part)", group: 2 + index, outputs: width, inputs: sizes.hiddenSize)
            }
            return FeedForwardBlueprint(
                entries: entries,
                output: linear(
                    "\(name).\(names.down)", group: 2 + all + index, outputs: sizes.hiddenSize,
                    inputs: width),
                isGated: true,
                activation: .silu
            )
        }
        return .experts(
            ExpertsBlueprint(
                router: prefix + names.router + ".weight",
                experts: (0..<count).map {
                    expert("\(names.experts).\($0)", index: $0, width: width)
                },
                chosen: chosen,
                normalises: normalises,
                shared: sharedWidth.map { width in
                    ExpertsBlueprint.Shared(
                        expert: expert("mlp.shared_expert", index: count, width: width),
                        gate: prefix + "mlp.shared_expert_gate.weight")
                }
            ))
    }
}
