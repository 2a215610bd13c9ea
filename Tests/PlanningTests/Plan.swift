import Domain
import Planning

/// All that a driver asks for, with answers made up for its first phase.
struct Plan {
    var first: [TaskDescription] = []
    var tasks: [TaskDescription] = []
    var roots: Set<TaskName> = []
    var isComplete = false

    init(_ specification: JobSpecification, windows: Int = 40, heldOut: Int = 20) throws {
        var driver = try specification.makeDriver()
        first = try driver.advance([:])
        tasks = first
        if !driver.isComplete, let task = first.first {
            let facts = TokenFacts(tokens: 1_000_000, windows: windows, heldOut: heldOut)
            tasks += try driver.advance([
                task.name: TaskResult(outputs: [], facts: try CanonicalJSON.encode(facts))
            ])
        }
        roots = driver.roots
        isComplete = driver.isComplete
    }

    func tasks(_ kind: String) -> [TaskDescription] { tasks.filter { $0.kind == kind } }

    func task(_ name: String) -> TaskDescription? { tasks.first { $0.name == TaskName(name) } }

    /// Segments of a block over a shard, in the order of the plan.
    func segments(block: Int, shard: String) throws -> [RunSegmentParameters] {
        try tasks(TaskNames.runSegment).filter { $0.name.description.hasSuffix("/" + shard) }
            .map { try CanonicalJSON.decode(RunSegmentParameters.self, from: $0.parameters) }
            .filter { $0.block == block }
    }

    /// Names of the layers that are compressed, in the order of the plan.
    var layers: [String] {
        tasks(TaskNames.compressLayer).compactMap {
            $0.name.description.split(separator: "/").last.map(String.init)
        }
    }
}

extension TaskDescription {
    func source(_ input: String) -> TaskInput.Source? {
        inputs.first { $0.name == input }?.source
    }

    /// The tasks whose outputs it reads.
    var dependencies: [String] {
        inputs.compactMap {
            if case .output(let task, _) = $0.source { task.description } else { nil }
        }
    }
}
