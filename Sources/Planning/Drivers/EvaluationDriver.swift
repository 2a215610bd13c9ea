import Domain
import Models

/// Plans the perplexity of a text: tokens, then every shard of windows through all blocks.
struct EvaluationDriver: JobDriver {
    private let request: EvaluationRequest
    private let data: DataManifest
    private let factory: TaskFactory
    private(set) var isComplete = false
    private(set) var roots: Set<TaskName> = []
    private var hasStarted = false

    init(_ specification: JobSpecification, request: EvaluationRequest) throws {
        self.request = request
        factory = try TaskFactory(manifest: specification.model)
        guard let data = specification.data else {
            throw PlanningError.specification(problem: "an evaluation needs a text.")
        }
        self.data = data
        guard !factory.architecture.headTensors.isEmpty else {
            throw PlanningError.mismatch(
                problem: "A perplexity was asked for; '\(factory.architecture.modelType)' is an "
                    + "encoder and predicts no tokens.")
        }
        guard request.length <= factory.architecture.maximumPositions else {
            throw PlanningError.mismatch(
                problem: "Windows of \(request.length) tokens were asked for; the model knows at "
                    + "most \(factory.architecture.maximumPositions) positions.")
        }
    }

    mutating func advance(_ completed: [TaskName: TaskResult]) throws -> [TaskDescription] {
        guard hasStarted else {
            hasStarted = true
            roots = [TaskName("tokens")]
            return [
                try factory.prepareTokens(
                    data,
                    PrepareTokensParameters(
                        format: data.format, length: request.length, windows: request.windows,
                        heldOut: 0, seed: nil, addsSpecialTokens: request.addsSpecialTokens,
                        vocabularySize: factory.architecture.vocabularySize))
            ]
        }
        guard !isComplete, let tokens = completed[TaskName("tokens")] else { return [] }
        let facts = try CanonicalJSON.decode(TokenFacts.self, from: tokens.facts)
        try check(facts)
        isComplete = true
        return try shards(windows: facts.windows)
    }

    /// A worker says how many windows there are; it must not stop the coordinator with that.
    private func check(_ facts: TokenFacts) throws(PlanningError) {
        let windowsMax = request.windows ?? data.blob.byteCount
        guard (1...max(1, windowsMax)).contains(facts.windows) else {
            throw .mismatch(
                problem: "A worker says that the text has \(facts.windows) windows; at most "
                    + "\(windowsMax) are possible.")
        }
        let size = PlanConstants.windows(
            per: PlanConstants.evaluationShardTokens, length: request.length)
        let perShard = factory.architecture.blockCount + 2
        guard (facts.windows - 1) / size + 1 <= Limits.tasksPerJobMax / perShard else {
            throw .tooLarge(
                problem: "\(facts.windows) windows make more than \(Limits.tasksPerJobMax) tasks: "
                    + "ask for fewer windows.")
        }
    }

    private mutating func shards(windows: Int) throws -> [TaskDescription] {
        var tasks: [TaskDescription] = []
        let size = PlanConstants.windows(
            per: PlanConstants.evaluationShardTokens, length: request.length)
        for (index, first) in stride(from: 0, to: windows, by: size).enumerated() {
            let sequences = SequenceRange(
                first: first, count: min(size, windows - first), length: request.length)
            let shard = LayerwiseGraph.padded(index)
            let embed = try factory.embed(
                sequences, name: "embed/\(shard)", stage: "embed", priority: index * 1_000)
            tasks.append(embed)
            var hidden = TaskInput.Source.output(task: embed.name, name: "hidden")
            for block in 0..<factory.architecture.blockCount {
                let plan = SegmentPlan(
                    block: block, groups: 0..<4, taps: [],
                    sequences: SequenceRange(
                        first: 0, count: sequences.count, length: sequences.length),
                    hidden: hidden, middle: nil, emitsHidden: true, emitsMiddle: false,
                    name: "block.\(LayerwiseGraph.padded(block))/pass/\(shard)",
                    stage: "forward", priority: index * 1_000 + block + 1)
                let task = try factory.segment(plan, replacing: { _ in nil })
                tasks.append(task)
                hidden = .output(task: task.name, name: "hidden")
            }
            let score = try factory.evaluateHead(
                sequences, hidden: hidden, name: "score/\(shard)",
                priority: index * 1_000 + 999)
            tasks.append(score)
            roots.insert(score.name)
        }
        return tasks
    }
}
