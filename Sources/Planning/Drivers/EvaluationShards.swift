import Domain
import Models

/// How a job measures models on a text: first its tokens, then shards of its windows.
struct EvaluationShards: Sendable {
    private let request: EvaluationRequest
    private let data: DataManifest
    /// Whether special tokens go around every window, not only at the start of the text.
    private let wrapsWindows: Bool

    init(
        _ request: EvaluationRequest, of data: DataManifest?, wrapsWindows: Bool = false,
        for models: [any Architecture]
    ) throws(PlanningError) {
        guard let data else {
            throw .specification(problem: "an evaluation needs a text.")
        }
        for model in models where request.length > model.maximumPositions {
            throw .mismatch(
                problem: "Windows of \(request.length) tokens were asked for; the model knows at "
                    + "most \(model.maximumPositions) positions.")
        }
        self.request = request
        self.data = data
        self.wrapsWindows = wrapsWindows
    }

    func tokensTask(_ factory: TaskFactory) throws -> TaskDescription {
        try factory.prepareTokens(
            data,
            PrepareTokensParameters(
                format: data.format, length: request.length, windows: request.windows,
                heldOut: 0, seed: nil, addsSpecialTokens: request.addsSpecialTokens,
                wrapsWindows: wrapsWindows && request.addsSpecialTokens,
                vocabularySize: factory.architecture.vocabularySize))
    }

    /// The shards, by names that number them; each makes so many tasks.
    func list(
        after tokens: TaskResult, tasks: Int
    ) throws -> [(name: String, sequences: SequenceRange)] {
        let facts = try CanonicalJSON.decode(TokenFacts.self, from: tokens.facts)
        let size = PlanConstants.windows(
            per: PlanConstants.evaluationShardTokens, length: request.length)
        try check(windows: facts.windows, perShard: size, tasks: tasks)
        return stride(from: 0, to: facts.windows, by: size).enumerated().map { index, first in
            let count = min(size, facts.windows - first)
            return (
                LayerwiseGraph.padded(index),
                SequenceRange(first: first, count: count, length: request.length)
            )
        }
    }

    /// A worker says how many windows there are; it must not stop the coordinator with that.
    private func check(windows: Int, perShard size: Int, tasks: Int) throws(PlanningError) {
        let windowsMax = request.windows ?? data.blob.byteCount
        guard (1...max(1, windowsMax)).contains(windows) else {
            throw .mismatch(
                problem: "A worker says that the text has \(windows) windows; at most "
                    + "\(windowsMax) are possible.")
        }
        guard (windows - 1) / size + 1 <= Limits.tasksPerJobMax / tasks else {
            throw .tooLarge(
                problem: "\(windows) windows make more than \(Limits.tasksPerJobMax) tasks: "
                    + "ask for fewer windows.")
        }
    }
}

extension TaskFactory {
    /// Embeds a shard's tokens and sends them through all blocks: the tasks, whose names begin
    /// with `prefix`, and where the last block's output is.
    func pass(
        _ shard: (name: String, sequences: SequenceRange), prefix: String = "", priority: Int
    ) throws -> (tasks: [TaskDescription], hidden: TaskInput.Source) {
        let sequences = shard.sequences
        let embed = try embed(
            sequences, name: "\(prefix)embed/\(shard.name)", stage: "embed", priority: priority)
        var tasks = [embed]
        var hidden = TaskInput.Source.output(task: embed.name, name: "hidden")
        for block in 0..<architecture.blockCount {
            let plan = SegmentPlan(
                block: block, groups: 0..<4, taps: [],
                sequences: SequenceRange(
                    first: 0, count: sequences.count, length: sequences.length),
                hidden: hidden, middle: nil, emitsHidden: true, emitsMiddle: false,
                name: "\(prefix)block.\(LayerwiseGraph.padded(block))/pass/\(shard.name)",
                stage: "forward", priority: priority + block + 1)
            let task = try segment(plan, replacing: { _ in nil })
            tasks.append(task)
            hidden = .output(task: task.name, name: "hidden")
        }
        return (tasks, hidden)
    }

    /// Compares the last hidden states of a shard with another model's.
    func compareEmbeddings(
        _ shard: (name: String, sequences: SequenceRange), hidden: TaskInput.Source,
        reference: TaskInput.Source, priority: Int
    ) throws -> TaskDescription {
        let sequences = shard.sequences
        let parameters = CompareEmbeddingsParameters(
            sequences: SequenceRange(first: 0, count: sequences.count, length: sequences.length),
            width: architecture.hiddenSize)
        return TaskDescription(
            name: TaskName("compare/\(shard.name)"), kind: TaskNames.compareEmbeddings,
            version: 1, parameters: try CanonicalJSON.encode(parameters),
            inputs: [TaskInput("hidden", hidden), TaskInput("reference", reference)],
            outputs: [], stage: "score", priority: priority,
            cost: TaskCost(
                flops: Double(2 * sequences.tokens * architecture.hiddenSize),
                memoryBytesMax: 32 << 20 + 2 * sequences.length * architecture.hiddenSize * 4,
                outputBytes: 0))
    }
}
