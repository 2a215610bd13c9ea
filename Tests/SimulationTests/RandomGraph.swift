import Domain

/// A layered graph of tasks with random edges and retentions, and what its results must be.
struct RandomGraph {
    let job: JobID
    private(set) var tasks: [TaskDescription] = []
    private(set) var roots: Set<TaskName> = []
    /// The roots and all that they rest on; nothing else ever runs.
    private(set) var needed: Set<TaskName> = []
    private(set) var results: [TaskName: TaskResult] = [:]

    /// Graphs of equal `seed` share all tasks but those of the last layer, which hash `variant`.
    init(job: JobID, seed: UInt64, variant: Int) {
        self.job = job
        var random = SeededGenerator(seed: seed)
        let layers = random.pick(2...7)
        var earlier: [TaskDescription] = []
        for layer in 0..<layers {
            let width = random.pick(1...7)
            var added: [TaskDescription] = []
            for place in 0..<width {
                let isLast = layer == layers - 1
                added.append(
                    Self.task(
                        layer: layer,
                        place: place,
                        variant: isLast ? variant : 0,
                        readable: earlier,
                        &random
                    )
                )
            }
            if layer == layers - 1 { roots = Set(added.map(\.name)) }
            earlier = added + (random.chance(0.3) ? earlier : [])
            tasks += added
        }
        computeResults()
        needed = roots
        for task in tasks.reversed() where needed.contains(task.name) {
            for case .output(let producer, _) in task.inputs.map(\.source) {
                needed.insert(producer)
            }
        }
    }

    private static func task(
        layer: Int,
        place: Int,
        variant: Int,
        readable: [TaskDescription],
        _ random: inout SeededGenerator
    ) -> TaskDescription {
        var inputs: [TaskInput] = []
        if layer == 0 || random.chance(0.3) {
            let content = Array("source \(random.pick(0...3))".utf8)
            let blob = BlobReference(digest: Digest(sha256Of: content), byteCount: 1_000)
            inputs.append(TaskInput("source", .blob(blob)))
        }
        for number in 0..<random.pick(1...3) {
            guard let producer = readable.randomElement(using: &random),
                let output = producer.outputs.randomElement(using: &random)
            else { continue }
            inputs.append(
                TaskInput("in\(number)", .output(task: producer.name, name: output.name))
            )
        }
        let retentions: [Retention] = [.durable, .cached, .transient, .transient]
        let outputs = (0..<random.pick(1...2)).map {
            OutputDeclaration("out\($0)", retentions.randomElement(using: &random) ?? .cached)
        }
        let parameters = "{\"place\":\(random.chance(0.1) ? 0 : place),\"variant\":\(variant)}"
        return TaskDescription(
            name: TaskName("layer\(layer)/\(place)"),
            kind: "simulated",
            version: 1,
            parameters: Array(parameters.utf8),
            inputs: inputs,
            outputs: outputs,
            stage: "layer \(layer)",
            priority: layer,
            cost: TaskCost(flops: 1, memoryBytesMax: random.pick(1...100), outputBytes: 10)
        )
    }

    private mutating func computeResults() {
        for task in tasks {
            let inputs = task.inputs.compactMap { input in
                switch input.source {
                case .blob(let blob): blob
                case .output(let producer, let name): results[producer]?.blob(named: name)
                }
            }
            results[task.name] = Self.result(of: task, key: task.key(resolved: inputs))
        }
    }

    /// What running `task` gives: the hash of its key and each output's name.
    static func result(of task: TaskDescription, key: Digest) -> TaskResult {
        let outputs = task.outputs.map { output in
            TaskOutput(
                name: output.name,
                blob: BlobReference(
                    digest: Digest(sha256Of: key.bytes + Array(output.name.utf8)),
                    byteCount: 100 + output.name.utf8.count
                )
            )
        }
        return TaskResult(outputs: outputs, facts: Array("{}".utf8))
    }
}
