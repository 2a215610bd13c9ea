import Domain
import Methods
import Models

/// Which step compresses a layer.
struct LayerAssignment: Hashable, Sendable {
    let method: CompressionMethod
    let damping: Double
}

/// The layers that a recipe touches, each with its step.
struct LayerPlan: Sendable {
    private(set) var assignments: [String: LayerAssignment] = [:]

    init(recipe: Recipe, architecture: any Architecture) throws {
        typealias Pattern = (
            index: Int, step: RecipeStep, targets: TargetPattern, ignore: TargetPattern
        )
        var patterns: [Pattern] = []
        for (index, step) in recipe.steps.enumerated() {
            patterns.append(
                (
                    index, step, try TargetPattern(step.targets, line: step.line),
                    try TargetPattern(step.ignore, line: step.line)
                ))
        }
        var used: Set<Int> = []
        for block in 0..<architecture.blockCount {
            for layer in architecture.linearGroups(inBlock: block).flatMap(\.linears) {
                let matching = try patterns.filter {
                    try $0.targets.matches(layer.name) && !$0.ignore.matches(layer.name)
                }
                guard let first = matching.first else { continue }
                if matching.count > 1 {
                    throw PlanningError.recipe(
                        line: matching[1].step.line,
                        problem: "\(layer.name) is already taken by the step of line "
                            + "\(first.step.line); a layer takes one step. Use “ignore” in one "
                            + "of them.")
                }
                used.insert(first.index)
                let method = try Self.fit(first.step, to: layer)
                assignments[layer.name] = LayerAssignment(
                    method: method, damping: first.step.damping)
            }
        }
        for (index, step) in recipe.steps.enumerated() where !used.contains(index) {
            throw PlanningError.recipe(
                line: step.line,
                problem: "This step matches no layer. Layers are named like "
                    + "model.layers.0.self_attn.q_proj; embeddings and lm_head stay as they are.")
        }
    }

    /// Adapts the group size to the layer, and checks the method's options against its shape.
    private static func fit(
        _ step: RecipeStep, to layer: LinearLayer
    ) throws -> CompressionMethod {
        var method = step.method
        switch method {
        case .roundToNearest(var options):
            try narrow(&options, step, layer)
            method = .roundToNearest(options)
        case .gptq(var options):
            try narrow(&options, step, layer)
            method = .gptq(options)
        case .magnitude, .wanda, .sparseGPT: break
        }
        do {
            try method.validate(layerInputs: layer.inputs, outputs: layer.outputs)
        } catch {
            throw PlanningError.recipe(line: step.line, problem: "\(layer.name): \(error)")
        }
        return method
    }

    /// A group size that does not divide the layer's inputs is narrowed to the greatest common
    /// divisor (128 on SmolLM2's 576 inputs gives 64), so that every group is whole and the
    /// layer can be packed.
    private static func narrow(
        _ options: inout QuantizationOptions, _ step: RecipeStep, _ layer: LinearLayer
    ) throws(PlanningError) {
        guard let group = options.groupSize, group < layer.inputs else { return }
        var (a, b) = (group, layer.inputs)
        while b != 0 { (a, b) = (b, a % b) }
        guard a == group || a >= PlanConstants.groupSizeMin else {
            throw .recipe(
                line: step.line,
                problem: "group_size \(group) and the \(layer.inputs) inputs of \(layer.name) "
                    + "have no common divisor of at least \(PlanConstants.groupSizeMin): "
                    + "choose a group size that divides \(layer.inputs).")
        }
        options.groupSize = a
    }
}
