public import Checkpoints
public import Domain
import Foundation
import Methods

/// What a recipe would cost on a model, known before anything runs.
public struct PlanEstimate: Sendable, Hashable, Encodable {
    /// Tasks of the job.
    public let tasks: Int
    /// Floating-point operations of all tasks.
    public let flops: Double
    /// Workers that it is planned for.
    public let workers: Int
    /// Operations a second of one worker.
    public let flopsPerSecond: Double
    /// Estimated seconds from start to end.
    public let seconds: Double
    /// The largest peak of anonymous memory that a task states, in bytes.
    public let memoryBytesPerTask: Int
    /// The most that a worker's folder can hold when it does everything alone, in bytes.
    public let workerDiskBytes: Int
    /// What the coordinator keeps beside the model itself, in bytes.
    public let coordinatorDiskBytes: Int
    /// What every worker has to read of the model, in bytes; more when work is moved.
    public let networkBytesPerWorker: Int
    /// The method of each layer that the recipe touches.
    public let steps: [String: String]
    /// Tasks that do the same for other blocks and shards, by `TaskName.group`.
    public let groups: [String: GroupEstimate]

    /// What the tasks of a group state, all together.
    public struct GroupEstimate: Sendable, Hashable, Encodable {
        /// How many there are.
        public internal(set) var tasks = 0
        /// Their floating-point operations.
        public internal(set) var flops = 0.0
        /// Bytes of their outputs.
        public internal(set) var outputBytes = 0
        /// The largest peak of anonymous memory that one of them states, in bytes.
        public internal(set) var memoryBytesMax = 0

        mutating func add(_ cost: TaskCost) {
            tasks += 1
            flops += cost.flops
            outputBytes += cost.outputBytes
            memoryBytesMax = max(memoryBytesMax, cost.memoryBytesMax)
        }
    }

    /// Plans `recipe` on the model of `folder`; only headers are read.
    public init(
        folder: HuggingFaceFolder, recipe: Recipe, workers: Int, flopsPerSecond: Double
    ) throws {
        let specification = try Self.specification(folder, recipe)
        let all = try Self.tasks(of: specification, tokens: nil)
        let flops = all.reduce(0.0) { $0 + $1.cost.flops }
        func bytes(_ retention: Retention) -> Int {
            all.reduce(0) { sum, task in
                task.outputs.first?.retention == retention ? sum + task.cost.outputBytes : sum
            }
        }
        groups = Self.groups(all)
        tasks = all.count
        self.flops = flops
        self.workers = workers
        self.flopsPerSecond = flopsPerSecond
        seconds = flops / flopsPerSecond / Double(workers)
        memoryBytesPerTask = all.map(\.cost.memoryBytesMax).max() ?? 0
        // Transient outputs live for about two blocks before they are released.
        let blocks = max(1, Set(all.compactMap { Self.block(of: $0) }).count)
        workerDiskBytes =
            bytes(.durable) + bytes(.cached) + bytes(.transient) * min(2, blocks) / blocks
        coordinatorDiskBytes = bytes(.durable)
        networkBytesPerWorker = folder.totalBytes
        let layers = try LayerPlan(
            recipe: recipe,
            architecture: try TaskFactory(manifest: specification.model)
                .architecture)
        steps = layers.assignments.mapValues(\.method.name)
    }

    /// What the tasks of a job state, by `TaskName.group`.
    ///
    /// - Parameter tokens: what its calibration text gave; nil stands for as much as the recipe
    ///   asks for.
    public static func groups(
        of specification: JobSpecification, tokens: TokenFacts?
    ) throws -> [String: GroupEstimate] {
        groups(try tasks(of: specification, tokens: tokens))
    }

    private static func groups(_ tasks: [TaskDescription]) -> [String: GroupEstimate] {
        var groups: [String: GroupEstimate] = [:]
        for task in tasks { groups[task.name.group, default: GroupEstimate()].add(task.cost) }
        return groups
    }

    private static func tasks(
        of specification: JobSpecification, tokens: TokenFacts?
    ) throws -> [TaskDescription] {
        var driver = try specification.makeDriver()
        var all = try driver.advance([:])
        guard case .compress(let recipe) = specification.purpose,
            let calibration = recipe.calibration, let first = all.first
        else { return all }
        let facts =
            tokens
            ?? TokenFacts(
                tokens: (calibration.samples + calibration.heldOut) * calibration.length,
                windows: calibration.samples, heldOut: calibration.heldOut)
        all += try driver.advance([
            first.name: TaskResult(outputs: [], facts: try CanonicalJSON.encode(facts))
        ])
        return all
    }

    private static func block(of task: TaskDescription) -> Substring? {
        let name = task.name.description
        return name.hasPrefix("block.") ? name.split(separator: "/").first : nil
    }

    /// A specification with stand-in digests: plans have the same shape whatever the bytes are.
    private static func specification(
        _ folder: HuggingFaceFolder, _ recipe: Recipe
    ) throws -> JobSpecification {
        func blob(_ name: String, _ count: Int) -> BlobReference {
            BlobReference(digest: Digest(sha256Of: Array(name.utf8)), byteCount: count)
        }
        let manifest = ModelManifest(
            title: folder.url.lastPathComponent,
            configurationText: String(decoding: folder.configuration, as: UTF8.self),
            configuration: blob("config.json", folder.configuration.count),
            tensors: folder.tensors.map {
                ModelManifest.Tensor(
                    form: TensorForm(
                        name: $0.name, elementType: $0.elementType, shape: $0.shape),
                    blob: blob($0.name, $0.byteRange.count), file: $0.file)
            }, weightFiles: folder.weightFiles, carriedFiles: [])
        let data = DataManifest(
            format: .text, blob: blob("text", 1 << 20), tokenizer: blob("tokenizer", 1 << 20))
        return JobSpecification(
            purpose: .compress(recipe), model: manifest, data: data, recipeText: nil)
    }
}
