import Domain
import Models

/// Plans the perplexity of a text: tokens, then every shard of windows through all blocks.
struct EvaluationDriver: JobDriver {
    private let shards: EvaluationShards
    private let factory: TaskFactory
    private(set) var isComplete = false
    private(set) var roots: Set<TaskName> = []
    private var hasStarted = false

    init(_ specification: JobSpecification, request: EvaluationRequest) throws {
        factory = try TaskFactory(manifest: specification.model)
        guard !factory.architecture.headTensors.isEmpty else {
            throw PlanningError.mismatch(
                problem: "A perplexity was asked for; '\(factory.architecture.modelType)' is an "
                    + "encoder and predicts no tokens: compare its embeddings with those of the "
                    + "dense model (--against).")
        }
        shards = try EvaluationShards(
            request, of: specification.data, for: [factory.architecture])
    }

    mutating func advance(_ completed: [TaskName: TaskResult]) throws -> [TaskDescription] {
        guard hasStarted else {
            hasStarted = true
            roots = [TaskName("tokens")]
            return [try shards.tokensTask(factory)]
        }
        guard !isComplete, let tokens = completed[TaskName("tokens")] else { return [] }
        let list = try shards.list(after: tokens, tasks: factory.architecture.blockCount + 2)
        isComplete = true
        var tasks: [TaskDescription] = []
        for (index, shard) in list.enumerated() {
            let pass = try factory.pass(shard, priority: index * 1_000)
            let score = try factory.evaluateHead(
                shard.sequences, hidden: pass.hidden, name: "score/\(shard.name)",
                priority: index * 1_000 + 999)
            tasks += pass.tasks + [score]
            roots.insert(score.name)
        }
        return tasks
    }
}
