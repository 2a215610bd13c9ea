import Domain
import Methods
import Yams

extension Recipe {
    /// Reads a recipe from YAML; unknown keys are refused with their line.
    public init(yaml: String) throws(PlanningError) {
        guard yaml.utf8.count <= Limits.recipeBytesMax else {
            throw .recipe(line: 1, problem: "The file is over 1 MiB; that is no recipe.")
        }
        try RecipeShape.check(yaml)
        let node: Node?
        do { node = try Yams.compose(yaml: yaml) } catch {
            throw Self.syntaxError(error)
        }
        guard let node else { throw .recipe(line: 1, problem: "The recipe is empty.") }
        let map = try RecipeMap(node, "The recipe")
        try map.refuseUnknown(keys: ["calibration", "inputs", "states", "steps", "formats"])
        let inputs = try map.choice(
            "inputs", ["sequential": Inputs.sequential, "block": .block, "dense": .dense],
            default: .sequential)
        let states = try map.choice(
            "states", ["float32": States.float32, "bfloat16": .bfloat16], default: .float32)
        let calibration: CalibrationOptions? =
            if let node = map.node("calibration") { try CalibrationOptions(node) } else { nil }
        guard let stepsNode = map.node("steps"), case .sequence(let list) = stepsNode,
            !list.isEmpty
        else {
            throw .recipe(
                line: map.line(of: "steps"), problem: "“steps” must be a list of methods.")
        }
        var steps: [RecipeStep] = []
        for item in list { steps.append(try RecipeStep(item)) }
        for step in steps where step.method.statistics != .none && calibration == nil {
            throw .recipe(
                line: step.line,
                problem: "\(step.method.name) needs calibration data: add "
                    + "“calibration: { text: FILE, samples: 128, length: 512 }”.")
        }
        self.init(
            calibration: calibration, inputs: inputs, states: states, steps: steps,
            formats: map.has("formats") ? try Self.formats(map) : nil)
    }

    private static func formats(_ map: RecipeMap) throws(PlanningError) -> [OutputFormat] {
        var formats: [OutputFormat] = []
        for word in try map.words("formats", default: []) {
            guard let format = OutputFormat(rawValue: word) else {
                let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw map.bad("formats", "a list of " + known)
            }
            formats.append(format)
        }
        return formats
    }

    private static func syntaxError(_ error: any Error) -> PlanningError {
        if let error = error as? YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                return .recipe(line: mark.line, problem: "This is no YAML: \(problem).")
            default: break
            }
        }
        return .recipe(line: 1, problem: "This is no YAML: \(error).")
    }
}

extension CalibrationOptions {
    init(_ node: Node) throws(PlanningError) {
        let map = try RecipeMap(node, "calibration")
        try map.refuseUnknown(keys: [
            "text", "tokens", "samples", "length", "seed", "held_out", "first_token_weight",
        ])
        let source: Source
        switch (try map.text("text"), try map.text("tokens")) {
        case (let path?, nil): source = .text(path)
        case (nil, let path?): source = .tokens(path)
        default:
            throw .recipe(
                line: map.line,
                problem: "calibration needs either “text: FILE” or “tokens: FILE”.")
        }
        let samples = try map.integer("samples", default: 128, in: 1...1_000_000)
        let seed = try map.integer("seed", default: -1, in: 0...Int.max)
        let weight = try map.number("first_token_weight", default: 1, in: 1...65_536)
        self.init(
            source: source, samples: samples,
            length: try map.integer("length", default: 512, in: 2...1_048_576),
            seed: map.has("seed") ? UInt64(seed) : nil,
            heldOut: try map.integer(
                "held_out", default: max(1, samples / 16), in: 0...1_000_000),
            firstTokenWeight: weight == 1 ? nil : weight)
    }
}

extension RecipeStep {
    private static let shared = ["targets", "ignore"]

    init(_ node: Node) throws(PlanningError) {
        let map = try RecipeMap(node, "A step")
        let methods = Self.methods.keys.sorted()
        try map.refuseUnknown(keys: methods + Self.shared)
        let named = map.keys.filter { !Self.shared.contains($0) }
        guard named.count == 1, let name = named.first, let decode = Self.methods[name] else {
            throw .recipe(
                line: map.line,
                problem: "A step names exactly one method: " + methods.joined(separator: ", ")
                    + ".")
        }
        let empty = Node.mapping(Node.Mapping([]))
        let given = map.node(name).flatMap { $0.null != nil ? nil : $0 } ?? empty
        let options = try RecipeMap(given, name)
        let (method, damping) = try decode(options)
        self.init(
            method: method, damping: damping,
            targets: try map.words("targets", default: ["Linear"]),
            ignore: try map.words("ignore", default: []), line: map.line)
    }

    private typealias Decoder =
        @Sendable (RecipeMap) throws(PlanningError) -> (CompressionMethod, Double)

    /// The methods that a recipe may name; one line each.
    private static let methods: [String: Decoder] = [
        "rtn": { map throws(PlanningError) in
            let options = try quantization(map, extra: [])
            return (.roundToNearest(options), 0)
        },
        "gptq": { map throws(PlanningError) in
            let options = try quantization(
                map, extra: ["act_order", "damping", "block_size", "stale_groups"])
            return (.gptq(options), try damping(map))
        },
        "magnitude": { map throws(PlanningError) in
            (.magnitude(try sparsity(map, extra: ["granularity"])), 0)
        },
        "wanda": { map throws(PlanningError) in
            (.wanda(try sparsity(map, extra: ["granularity"])), 0)
        },
        "sparsegpt": { map throws(PlanningError) in
            let options = try sparsity(
                map, extra: ["damping", "block_size", "mask_block_size"])
            return (.sparseGPT(options), try damping(map))
        },
    ]

    private static func damping(_ map: RecipeMap) throws(PlanningError) -> Double {
        try map.number("damping", default: 0.01, in: 0...10)
    }

    private static func quantization(
        _ map: RecipeMap, extra: [String]
    ) throws(PlanningError) -> QuantizationOptions {
        try map.refuseUnknown(keys: ["bits", "group_size", "symmetric", "grid"] + extra)
        var groupSize: Int? = 128
        if map.has("group_size") {
            let perRow =
                map.node("group_size")?.null != nil || map.node("group_size")?.int == -1
            groupSize = perRow ? nil : try map.integer("group_size", default: 128, in: 1...1 << 24)
        }
        return QuantizationOptions(
            bits: try map.integer("bits", default: 4, in: 2...8), groupSize: groupSize,
            symmetric: try map.boolean("symmetric", default: false),
            actOrder: try actOrder(map),
            grid: try map.choice(
                "grid",
                ["min_max": .minMax, "mse": .meanSquaredError, "output_error": .outputError],
                default: .minMax),
            staleGroups: try map.boolean("stale_groups", default: false),
            blockSize: try map.integer("block_size", default: 128, in: 1...65_536))
    }

    private static func actOrder(
        _ map: RecipeMap
    ) throws(PlanningError) -> QuantizationOptions.ActOrder {
        if let flag = map.node("act_order")?.bool { return flag ? .dynamic : .none }
        return try map.choice(
            "act_order",
            [
                "none": .none, "weight": .dynamic, "dynamic": .dynamic, "static": .static,
                "static_group": .static,
            ], default: .none)
    }

    private static func sparsity(
        _ map: RecipeMap, extra: [String]
    ) throws(PlanningError) -> SparsityOptions {
        try map.refuseUnknown(keys: ["sparsity", "pattern"] + extra)
        let maskBlock = try map.integer("mask_block_size", default: 0, in: 1...65_536)
        return SparsityOptions(
            pattern: try pattern(map), maskBlockSize: maskBlock == 0 ? nil : maskBlock,
            blockSize: try map.integer("block_size", default: 128, in: 1...65_536),
            granularity: try map.choice(
                "granularity", ["matrix": .some(.matrix), "row": .some(.row)], default: nil))
    }

    /// `pattern: 2:4` keeps two of every four (here both readings of n:m agree); for others the
    /// first number is, as in Wanda and SparseGPT, how many of m are zeroed.
    private static func pattern(
        _ map: RecipeMap
    ) throws(PlanningError) -> SparsityOptions.Pattern {
        let fraction = try map.number("sparsity", default: 0.5, in: 0...0.999_999)
        guard map.has("pattern") else { return .unstructured(fraction: fraction) }
        guard let text = map.node("pattern")?.scalar?.string else {
            throw map.bad("pattern", "n:m, e.g. \"2:4\"")
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let pruned = Int(parts[0]), let width = Int(parts[1]),
            pruned >= 1, width > pruned, width <= 1_024
        else { throw map.bad("pattern", "n:m with 0 < n < m, e.g. \"2:4\"") }
        guard !map.has("sparsity") || abs(fraction - Double(pruned) / Double(width)) < 1e-9 else {
            throw map.bad("sparsity", "left out, or equal to what “pattern” says")
        }
        return .structured(pruned: pruned, of: width)
    }
}
