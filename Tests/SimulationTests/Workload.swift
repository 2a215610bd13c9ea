import Domain

/// What is wrong with a task, wherever it runs.
enum Behaviour {
    case sound
    /// Fails the same everywhere.
    case bad
    /// Takes the worker's process down with it.
    case poison
    /// Needs more memory than it says.
    case hungry
    /// Its first attempt never ends.
    case hanging
}

/// A job: random tasks in one to three generations, of which a later one is asked for only when
/// the roots of the earlier one are done.
struct Workload {
    let job: JobID
    private(set) var generations: [[TaskDescription]] = []
    private(set) var rootsOfGenerations: [Set<TaskName>] = []
    private(set) var behaviours: [TaskName: Behaviour] = [:]
    /// The roots and all that they rest on; nothing else ever runs.
    private(set) var needed: Set<TaskName> = []
    private(set) var byName: [TaskName: TaskDescription] = [:]

    var tasks: [TaskDescription] { generations.flatMap { $0 } }
    var roots: Set<TaskName> { rootsOfGenerations.reduce([]) { $0.union($1) } }

    /// Jobs of equal `seed` share all tasks but those of the last layers, which hash `variant`.
    init(job: JobID, seed: UInt64, variant: Int, plan: FaultPlan) {
        self.job = job
        var random = SeededGenerator(seed: seed)
        var readable: [TaskDescription] = []
        let count = random.pick(1...(random.chance(0.5) ? 4 : 1))
        for generation in 0..<count {
            let layers = Self.layers(&random)
            var added: [TaskDescription] = []
            var last: [TaskDescription] = []
            for (number, width) in layers.enumerated() {
                let isLast = number == layers.count - 1
                last = (0..<width).map { place in
                    Self.task(
                        "g\(generation)/l\(number)/\(place)", layer: generation * 10 + number,
                        place: place, variant: isLast ? variant : 0, readable: readable, &random)
                }
                added += last
                readable = random.chance(0.3) ? readable + last : last
            }
            generations.append(added)
            rootsOfGenerations.append(Set(last.map(\.name)))
            readable = last
        }
        for task in tasks { byName[task.name] = task }
        drawBehaviours(plan, &random)
        needed = roots
        for task in tasks.reversed() where needed.contains(task.name) {
            for case .output(let producer, _) in task.inputs.map(\.source) {
                needed.insert(producer)
            }
        }
    }

    /// Widths of the layers: a chain, a diamond, fans, or anything.
    private static func layers(_ random: inout SeededGenerator) -> [Int] {
        switch random.pick(0...4) {
        case 0: return Array(repeating: 1, count: random.pick(2...8))
        case 1: return [1, random.pick(2...4), 1]
        case 2: return [1, random.pick(4...12)]
        case 3: return [random.pick(4...12), 1]
        default: return (0..<random.pick(2...5)).map { _ in random.pick(1...6) }
        }
    }

    private static func task(
        _ name: String, layer: Int, place: Int, variant: Int, readable: [TaskDescription],
        _ random: inout SeededGenerator
    ) -> TaskDescription {
        var inputs: [TaskInput] = []
        if readable.isEmpty || random.chance(0.3) {
            inputs.append(TaskInput("source", .blob(source(random.pick(0...3)))))
        }
        for number in 0..<random.pick(1...3) {
            guard let producer = readable.randomElement(using: &random),
                let output = producer.outputs.randomElement(using: &random)
            else { continue }
            inputs.append(
                TaskInput("in\(number)", .output(task: producer.name, name: output.name)))
        }
        let retentions: [Retention] = [.durable, .cached, .transient, .transient]
        let outputs = (0..<random.pick(1...2)).map {
            OutputDeclaration("out\($0)", retentions.randomElement(using: &random) ?? .cached)
        }
        let parameters = "{\"place\":\(random.chance(0.1) ? 0 : place),\"variant\":\(variant)}"
        return TaskDescription(
            name: TaskName(name), kind: "simulated", version: 1,
            parameters: Array(parameters.utf8), inputs: inputs, outputs: outputs,
            stage: "layer \(layer)", priority: layer,
            cost: TaskCost(flops: 1, memoryBytesMax: random.pick(1...100), outputBytes: 100))
    }

    /// A blob that the submitter brought.
    static func source(_ number: Int) -> BlobReference {
        BlobReference(
            digest: Digest(sha256Of: Array("source \(number)".utf8)), byteCount: 100)
    }

    private mutating func drawBehaviours(_ plan: FaultPlan, _ random: inout SeededGenerator) {
        for task in tasks {
            // Drawn whether used or not, so that a plan changes nothing else.
            let (number, share) = (random.pick(0...3), Double.random(in: 0..<1, using: &random))
            switch number {
            case 0 where plan.badTasks && share < 0.1: behaviours[task.name] = .bad
            case 1 where plan.poisonTasks && share < 0.15: behaviours[task.name] = .poison
            case 2 where plan.hungryTasks && share < 0.3: behaviours[task.name] = .hungry
            case 3 where plan.hangs && share < 0.3: behaviours[task.name] = .hanging
            default: break
            }
        }
    }

    func behaviour(of task: TaskName) -> Behaviour { behaviours[task] ?? .sound }

    /// What running `task` gives: a hash of its key and each output's name.
    ///
    /// `salt` is for machines that compute something else.
    static func result(of task: [OutputDeclaration], key: Digest, salt: Int = 0) -> TaskResult {
        let outputs = task.map { output in
            TaskOutput(
                name: output.name,
                blob: BlobReference(
                    digest: Digest(
                        sha256Of: key.bytes + Array("\(output.name)\(salt)".utf8)),
                    byteCount: 100))
        }
        return TaskResult(outputs: outputs, facts: Array("{}".utf8))
    }
}

/// The deterministic code that asks for a job's tasks, as the coordinator runs it.
struct SimulatedDriver {
    let workload: Workload
    private(set) var asked = 0
    private var done: Set<TaskName> = []

    init(_ workload: Workload) {
        self.workload = workload
    }

    var isComplete: Bool { asked == workload.generations.count }
    var roots: Set<TaskName> {
        workload.rootsOfGenerations[..<asked].reduce([]) { $0.union($1) }
    }

    /// The next generation, if the roots of the earlier ones are done.
    mutating func advance(_ task: TaskName?) -> [TaskDescription]? {
        if let task { done.insert(task) }
        guard !isComplete, roots.isSubset(of: done) else { return nil }
        asked += 1
        return workload.generations[asked - 1]
    }
}
