import Domain
import Methods
import Models

/// Plans a layer-wise compression: first the tokens, then, when their number is known, the
/// whole graph at once.
struct CompressionDriver: JobDriver {
    private let recipe: Recipe
    private let specification: JobSpecification
    private let factory: TaskFactory
    private let layers: LayerPlan
    private let formats: FormatPlan
    private(set) var isComplete = false
    private(set) var roots: Set<TaskName> = []
    private var hasStarted = false

    init(_ specification: JobSpecification, recipe: Recipe) throws {
        self.specification = specification
        self.recipe = recipe
        factory = try TaskFactory(manifest: specification.model, states: recipe.states)
        layers = try LayerPlan(recipe: recipe, architecture: factory.architecture)
        formats = try FormatPlan(recipe: recipe, layers: layers, factory: factory)
        if let calibration = recipe.calibration {
            try Self.check(calibration, against: factory.architecture)
        }
    }

    mutating func advance(
        _ completed: [TaskName: TaskResult]
    ) throws -> [TaskDescription] {
        guard hasStarted else {
            hasStarted = true
            guard let calibration = recipe.calibration else { return try wholeGraph(nil) }
            roots = [TaskName("tokens")]
            return [try tokensTask(calibration)]
        }
        guard !isComplete, let tokens = completed[TaskName("tokens")],
            let calibration = recipe.calibration
        else { return [] }
        let facts = try CanonicalJSON.decode(TokenFacts.self, from: tokens.facts)
        // A worker says so; it must not stop the coordinator with numbers of its own.
        guard facts.windows == calibration.samples,
            (0...calibration.heldOut).contains(facts.heldOut)
        else {
            throw PlanningError.mismatch(
                problem: "A worker says it took \(facts.windows) windows and \(facts.heldOut) held "
                    + "out; \(calibration.samples) and up to \(calibration.heldOut) were asked for."
            )
        }
        let shards = CalibrationShards(
            windows: facts.windows, heldOut: facts.heldOut, length: calibration.length,
            firstTokenWeight: calibration.firstTokenWeight)
        return try wholeGraph(shards)
    }

    private static func check(
        _ calibration: CalibrationOptions, against architecture: any Architecture
    ) throws(PlanningError) {
        guard calibration.length <= architecture.maximumPositions else {
            throw .mismatch(
                problem: "The recipe asks for windows of \(calibration.length) tokens; the model "
                    + "knows at most \(architecture.maximumPositions) positions.")
        }
        let size = PlanConstants.windows(
            per: PlanConstants.calibrationShardTokens, length: calibration.length)
        let windows = max(calibration.samples, calibration.heldOut)
        guard windows <= Limits.slotsPerTaskMax * size else {
            throw .tooLarge(
                problem: "\(windows) windows of \(calibration.length) tokens make more than "
                    + "\(Limits.slotsPerTaskMax) shards: lower samples, held_out or length.")
        }
    }

    private func tokensTask(_ calibration: CalibrationOptions) throws -> TaskDescription {
        guard let data = specification.data else {
            throw PlanningError.specification(problem: "it has a recipe but no calibration data.")
        }
        return try factory.prepareTokens(
            data,
            PrepareTokensParameters(
                format: data.format, length: calibration.length, windows: calibration.samples,
                heldOut: calibration.heldOut, seed: calibration.seed, addsSpecialTokens: false,
                vocabularySize: factory.architecture.vocabularySize))
    }

    private mutating func wholeGraph(_ shards: CalibrationShards?) throws -> [TaskDescription] {
        var graph = LayerwiseGraph(
            factory: factory, layers: layers, formats: formats, inputs: recipe.inputs,
            shards: shards)
        try graph.build()
        isComplete = true
        roots.formUnion(graph.roots)
        return graph.tasks
    }
}
