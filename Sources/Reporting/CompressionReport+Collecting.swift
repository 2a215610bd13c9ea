public import Domain

extension CompressionReport {
    /// Puts a finished job's tasks together.
    ///
    /// - Parameters:
    ///   - status: the job's status.
    ///   - tasks: all its tasks with their outputs, in any order.
    ///   - model: the model's name.
    ///   - recipe: the recipe as it was given.
    ///   - specification: the digest of the job's specification.
    ///   - software: version of the software.
    ///   - cores: OpenBLAS core types of the workers.
    ///   - stated: what the job's tasks stated, by `TaskName.group`.
    ///   - sgemmFlopsPerSecond: the speed of the machine, where it is this one that worked.
    public init(
        status: JobStatus, tasks: [(status: TaskStatus, outputs: [TaskOutput])], model: String,
        recipe: String?, specification: Digest, software: String, cores: [String],
        stated: [String: StatedCost] = [:], sgemmFlopsPerSecond: Double? = nil
    ) throws {
        var layers: [Layer] = []
        var files: [String: Digest] = [:]
        var timings: [String: LayerMeasurement] = [:]
        var groups: [String: GroupMeasurement] = [:]
        var calibration: TokenFacts?
        for (task, outputs) in tasks.sorted(by: { $0.status.name < $1.status.name }) {
            let facts = Array((task.facts ?? "{}").utf8)
            if task.origin == .computed, let seconds = task.seconds {
                var group = groups[task.name.group] ?? GroupMeasurement()
                group.tasks += 1
                group.seconds += seconds
                group.peakBytes = max(group.peakBytes, task.peakBytes ?? 0)
                groups[task.name.group] = group
            }
            switch task.kind {
            case TaskNames.compressLayer:
                let layer = try CanonicalJSON.decode(LayerFacts.self, from: facts)
                guard let weight = outputs.first?.blob.digest else { continue }
                layers.append(Layer(facts: layer, weight: weight))
                if let seconds = task.seconds {
                    timings[layer.layer] = LayerMeasurement(
                        seconds: seconds, peakBytes: task.peakBytes ?? 0)
                }
            case TaskNames.assembleShard:
                let name = String(task.name.description.dropFirst("assemble/".count))
                files[name] = outputs.first?.blob.digest
            case TaskNames.prepareTokens:
                calibration = try CanonicalJSON.decode(TokenFacts.self, from: facts)
            default: break
            }
        }
        for (name, cost) in stated {
            guard var group = groups[name] else { continue }
            // Some tasks may have been computed before; the rest has its share of the work.
            group.flops = cost.flops * Double(group.tasks) / Double(max(1, cost.tasks))
            group.statedBytes = cost.memoryBytesMax
            groups[name] = group
        }
        form = 1
        self.model = model
        self.recipe = recipe
        self.specification = specification
        self.files = files
        self.calibration = calibration
        self.layers = layers
        summary = Summary(layers.map(\.facts))
        measured = Measured(
            job: status.job, software: software, cores: cores,
            elapsedSeconds: status.elapsedSeconds,
            computeSeconds: tasks.reduce(0) { $0 + ($1.status.seconds ?? 0) },
            peakBytes: tasks.compactMap(\.status.peakBytes).max() ?? 0,
            recomputedTasks: status.recomputed, retriedAttempts: status.retries,
            stages: status.stages, layers: timings, groups: groups,
            sgemmFlopsPerSecond: sgemmFlopsPerSecond)
    }
}

extension CompressionReport.Summary {
    init(_ layers: [LayerFacts]) {
        func mean(_ values: [Double]) -> Double? {
            values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
        let weights = layers.map { $0.outputs * $0.inputs }
        let total = weights.reduce(0, +)
        let zeros = zip(layers, weights).reduce(0.0) { $0 + $1.0.sparsity * Double($1.1) }
        let bits = zip(layers, weights).map { layer, count in
            layer.bitsPerWeight.map { $0 * Double(count) }
        }
        self.layers = layers.count
        self.weights = total
        meanError = mean(layers.compactMap(\.error))
        meanHeldOutError = mean(layers.compactMap(\.heldOutError))
        worstLayer =
            layers.filter { $0.error != nil }
            .max { ($0.heldOutError ?? $0.error ?? 0) < ($1.heldOutError ?? $1.error ?? 0) }?
            .layer
        sparsity = total == 0 ? 0 : zeros / Double(total)
        bitsPerWeight =
            bits.contains { $0 == nil } || total == 0
            ? nil : bits.compactMap { $0 }.reduce(0, +) / Double(total)
    }
}
