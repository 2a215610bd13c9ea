import Domain

/// Plans a drill: all its tasks at once.
struct DrillDriver: JobDriver {
    /// Memory of a process that does nothing, stated beside what a task takes, in bytes.
    private static let idleBytes = 16 << 20

    private let plan: DrillPlan
    private(set) var isComplete = false
    private(set) var roots: Set<TaskName> = []

    init(_ plan: DrillPlan) { self.plan = plan }

    mutating func advance(_ completed: [TaskName: TaskResult]) throws -> [TaskDescription] {
        guard !isComplete else { return [] }
        isComplete = true
        var tasks: [TaskDescription] = []
        tasks.reserveCapacity(plan.layers * plan.width)
        for layer in 0..<plan.layers {
            for place in 0..<plan.width {
                let task = try task(layer, place)
                tasks.append(task)
                if layer == plan.layers - 1 || plan.fanIn == 0 { roots.insert(task.name) }
            }
        }
        return tasks
    }

    private func task(_ layer: Int, _ place: Int) throws -> TaskDescription {
        let number = layer * plan.width + place
        let step = plan.step(for: number)
        let isRead = plan.fanIn > 0 && layer < plan.layers - 1
        let inputs = layer == 0 ? [] : sources(of: layer, place)
        let parameters = DrillParameters(
            milliseconds: step.milliseconds, allocateBytes: step.allocateBytes,
            outputBytes: isRead ? max(8, step.outputBytes) : step.outputBytes,
            seed: Self.mixed(plan.seed) &+ UInt64(number),
            behaviour: step.behaviour, inputs: inputs.count)
        let stated =
            step.statedBytes
            ?? Self.idleBytes + step.allocateBytes + min(2 << 20, parameters.outputBytes)
        return TaskDescription(
            name: Self.name(layer, place), kind: TaskNames.drill, version: 1,
            parameters: try CanonicalJSON.encode(parameters), inputs: inputs,
            outputs: parameters.outputBytes > 0
                ? [OutputDeclaration("data", plan.retention)] : [],
            stage: "drill", priority: layer,
            cost: TaskCost(
                flops: 0, memoryBytesMax: stated, outputBytes: parameters.outputBytes))
    }

    /// Spreads neighbouring seeds apart, so that drills of equal size share no number.
    private static func mixed(_ seed: UInt64) -> UInt64 {
        let first = (seed ^ (seed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        return ((first ^ (first >> 27)) &* 0x94D0_49BB_1331_11EB) &+ 0x9E37_79B9_7F4A_7C15
    }

    /// What a task reads: its own place in the layer before, and the places after it.
    private func sources(of layer: Int, _ place: Int) -> [TaskInput] {
        (0..<plan.fanIn).map { index in
            TaskInput(
                TaskNames.drillInput(index),
                .output(
                    task: Self.name(layer - 1, (place + index) % plan.width), name: "data"))
        }
    }

    private static func name(_ layer: Int, _ place: Int) -> TaskName {
        TaskName("drill/\(padded(layer))/\(padded(place))")
    }

    private static func padded(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
