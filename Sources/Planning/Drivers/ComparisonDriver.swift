import Domain
import Models

/// Plans how like another encoder's an encoder's embeddings are: tokens, then every shard of
/// windows through all blocks of both.
struct ComparisonDriver: JobDriver {
    private let shards: EvaluationShards
    private let factory: TaskFactory
    private let reference: TaskFactory
    private(set) var isComplete = false
    private(set) var roots: Set<TaskName> = []
    private var hasStarted = false

    init(
        _ specification: JobSpecification, request: EvaluationRequest, reference: ModelManifest
    ) throws {
        factory = try TaskFactory(manifest: specification.model)
        self.reference = try TaskFactory(manifest: reference)
        let models = [factory.architecture, self.reference.architecture]
        for model in models where !model.headTensors.isEmpty {
            throw PlanningError.mismatch(
                problem: "Embeddings were to be compared; '\(model.modelType)' is no encoder but "
                    + "predicts tokens: measure its perplexity instead.")
        }
        guard models[0].hiddenSize == models[1].hiddenSize,
            models[0].vocabularySize == models[1].vocabularySize
        else {
            throw PlanningError.mismatch(
                problem: "Embeddings of \(models[0].hiddenSize) numbers and a vocabulary of "
                    + "\(models[0].vocabularySize) cannot be compared with "
                    + "\(models[1].hiddenSize) numbers and a vocabulary of "
                    + "\(models[1].vocabularySize): give the model that the compressed one was "
                    + "made from.")
        }
        shards = try EvaluationShards(
            request, of: specification.data, wrapsWindows: true, for: models)
    }

    mutating func advance(_ completed: [TaskName: TaskResult]) throws -> [TaskDescription] {
        guard hasStarted else {
            hasStarted = true
            roots = [TaskName("tokens")]
            return [try shards.tokensTask(factory)]
        }
        guard !isComplete, let tokens = completed[TaskName("tokens")] else { return [] }
        let blocks = factory.architecture.blockCount + reference.architecture.blockCount
        let list = try shards.list(after: tokens, tasks: blocks + 3)
        isComplete = true
        var tasks: [TaskDescription] = []
        for (index, shard) in list.enumerated() {
            let first = try reference.pass(shard, prefix: "against/", priority: index * 1_000)
            let second = try factory.pass(shard, priority: index * 1_000)
            let score = try factory.compareEmbeddings(
                shard, hidden: second.hidden, reference: first.hidden,
                priority: index * 1_000 + 999)
            tasks += first.tasks + second.tasks + [score]
            roots.insert(score.name)
        }
        return tasks
    }
}
