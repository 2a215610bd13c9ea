import Domain
import Methods
import Models

/// The graph of a layer-wise job, built block by block.
///
/// Names are `block.007/…`; priorities grow along the critical path, so that a worker always
/// takes the task that most others wait for.
struct LayerwiseGraph {
    let factory: TaskFactory
    let layers: LayerPlan
    let formats: FormatPlan
    let inputs: Recipe.Inputs
    let shards: CalibrationShards?
    var tasks: [TaskDescription] = []
    var roots: Set<TaskName> = []
    /// Compressed weights so far, by tensor name.
    var compressed: [String: TaskInput.Source] = [:]
    /// The layers so far with the tasks that compress them, by tensor name.
    var solved: [String: (layer: LinearLayer, task: TaskName)] = [:]
    /// The hidden state of each shard at the current boundary.
    var hidden: [TaskInput.Source] = []

    init(
        factory: TaskFactory, layers: LayerPlan, formats: FormatPlan, inputs: Recipe.Inputs,
        shards: CalibrationShards?
    ) {
        self.factory = factory
        self.layers = layers
        self.formats = formats
        self.inputs = inputs
        self.shards = shards
    }

    mutating func build() throws {
        if let shards {
            for (index, sequences) in shards.all.enumerated() {
                let name = "embed/\(Self.padded(index))"
                tasks.append(
                    try factory.embed(sequences, name: name, stage: "embed", priority: 0))
                hidden.append(.output(task: TaskName(name), name: "hidden"))
            }
        }
        // After the last block that the recipe touches no forward pass is needed.
        let touched = (0..<factory.architecture.blockCount).last { !groups($0).isEmpty } ?? -1
        for block in 0..<factory.architecture.blockCount where block <= touched {
            if shards == nil {
                for group in groups(block) { try solve(block, group, gram: nil, heldOut: nil) }
                continue
            }
            switch inputs {
            case .dense: try denseBlock(block, isLast: block == touched)
            case .block: try blockBlock(block, isLast: block == touched)
            case .sequential: try sequentialBlock(block, isLast: block == touched)
            }
        }
        for format in formats.formats { try assemble(format) }
    }

    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    func prefix(_ block: Int) -> String { "block.\(Self.padded(block))" }

    /// Groups of the block of which at least one layer is compressed.
    func groups(_ block: Int) -> [LinearGroup] {
        factory.architecture.linearGroups(inBlock: block).filter { group in
            group.linears.contains { layers.assignments[$0.name] != nil }
        }
    }

    /// Sums a tap's partial Grams, factors the sum and solves the group's layers.
    mutating func solveGroup(
        _ block: Int, _ group: LinearGroup, partials: [TaskInput.Source]
    ) throws {
        guard let shards else { return }
        let gram = try reduce(
            block, group, Array(partials[shards.calibrationIndexes]), suffix: "")
        let held = Array(partials[shards.heldOutIndexes])
        // Also a single partial is reduced: partials are released after the job, and the Gram is
        // kept for recipes that differ only in the method.
        let heldOut: TaskInput.Source? =
            held.isEmpty ? nil : try reduce(block, group, held, suffix: ".held-out")
        try solve(block, group, gram: gram, heldOut: heldOut)
    }

    private mutating func reduce(
        _ block: Int, _ group: LinearGroup, _ partials: [TaskInput.Source], suffix: String
    ) throws -> TaskInput.Source {
        let name = "\(prefix(block))/gram/\(group.tap)\(suffix)"
        tasks.append(
            try factory.reduceGram(
                dimension: group.inputs, partials: partials, name: name,
                priority: priority(block, group.step, 1)))
        return .output(task: TaskName(name), name: "gram")
    }

    /// Plan order: block, step, then pass, reduce, factor, solve (3 to 9, the largest first).
    func priority(_ block: Int, _ step: Int, _ stage: Int) -> Int {
        block * 100 + step * 10 + stage
    }

    private mutating func solve(
        _ block: Int, _ group: LinearGroup, gram: TaskInput.Source?, heldOut: TaskInput.Source?
    ) throws {
        var factors: [FactorGramParameters: TaskInput.Source] = [:]
        let bySize = group.linears.sorted { $0.outputs > $1.outputs }
        for layer in group.linears {
            guard let assignment = layers.assignments[layer.name] else { continue }
            // The longest task first, so that all end at about the same time.
            let rank = min(6, bySize.firstIndex { $0.name == layer.name } ?? 0)
            var factor: TaskInput.Source?
            if assignment.method.needsFactor, let gram {
                let parameters = FactorGramParameters(
                    dimension: group.inputs, damping: assignment.damping,
                    actOrder: assignment.method.ordersColumns,
                    label: "\(prefix(block)) \(group.tap)")
                if factors[parameters] == nil {
                    let suffix = factors.isEmpty ? "" : ".\(factors.count)"
                    let name = "\(prefix(block))/factor/\(group.tap)\(suffix)"
                    tasks.append(
                        try factory.factorGram(
                            parameters, gram: gram, name: name,
                            priority: priority(block, group.step, 2)))
                    factors[parameters] = .output(task: TaskName(name), name: "factor")
                }
                factor = factors[parameters]
            }
            try compress(
                layer, assignment, priority: priority(block, group.step, 3 + rank), gram: gram,
                heldOut: heldOut, factor: factor)
        }
    }

    private mutating func compress(
        _ layer: LinearLayer, _ assignment: LayerAssignment, priority: Int,
        gram: TaskInput.Source?, heldOut: TaskInput.Source?, factor: TaskInput.Source?
    ) throws {
        let form = try factory.form(layer.weight)
        let weight = try factory.original(layer.weight)
        var inputs = [TaskInput("weight", .blob(weight))]
        if let gram { inputs.append(TaskInput("gram", gram)) }
        if let heldOut { inputs.append(TaskInput("held_out_gram", heldOut)) }
        if let factor { inputs.append(TaskInput("factor", factor)) }
        let parameters = CompressLayerParameters(
            layer: layer.name, weight: form, isStoredByInputs: layer.isStoredByInputs,
            method: formats.method(assignment.method, weight: form),
            codes: formats.codes(of: layer, weight: form))
        let name = TaskName("\(prefix(layer.block))/compress/\(layer.name)")
        let size = layer.outputs * layer.inputs
        let square = layer.inputs * layer.inputs * 4
        // Weight, a byte for each code, and the factor; a sorted copy or the transpose; the stored
        // form.
        let isCopied = assignment.method.ordersColumns || layer.isStoredByInputs
        let sorted = isCopied ? size * 4 : 0
        // The codes as formats keep them, and the weight that they give.
        let packing = parameters.codes == nil ? 0 : size * (10 + formats.quantized.count)
        let solving = size * 5 + sorted + (assignment.method.needsFactor ? square : 0)
        // Weight, codes, the Gram, and three runs of 1,024 outputs; a transpose is read as a whole.
        let measuring =
            size * (layer.isStoredByInputs ? 9 : 5) + square
            + 3 * min(layer.outputs, 1_024) * layer.inputs * 4
        tasks.append(
            TaskDescription(
                name: name, kind: TaskNames.compressLayer, version: 2,
                parameters: try CanonicalJSON.encode(parameters), inputs: inputs,
                outputs: (["weight"] + (try formats.outputs(of: layer, weight: form)))
                    .map { OutputDeclaration($0, .durable) }, stage: "compress",
                priority: priority,
                cost: TaskCost(
                    // The sweep, and two traces for each Gram that errors are measured with.
                    flops: Double(size) * Double(layer.inputs)
                        * (1 + (gram == nil ? 0 : 2) + (heldOut == nil ? 0 : 2)),
                    memoryBytesMax: 24 << 20 + weight.byteCount
                        + max(solving, packing, gram == nil ? 0 : measuring),
                    outputBytes: weight.byteCount)))
        roots.insert(name)
        compressed[layer.weight] = .output(task: name, name: "weight")
        solved[layer.weight] = (layer, name)
    }
}
