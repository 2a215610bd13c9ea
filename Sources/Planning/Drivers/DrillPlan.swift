public import Domain

/// A graph of drill tasks: `layers` × `width`, each task reading `fanIn` of the layer before.
public struct DrillPlan: Hashable, Sendable, Codable {
    /// What some of the tasks do.
    public struct Step: Hashable, Sendable, Codable {
        /// It is for the tasks whose number leaves `offset` when divided by `every`.
        public let every: Int
        /// See ``every``.
        public let offset: Int
        /// How long a task takes at least.
        public let milliseconds: Int
        /// Memory that it fills and holds, in bytes.
        public let allocateBytes: Int
        /// Bytes of its output; none when 0 and no other task reads it.
        public let outputBytes: Int
        /// What it does.
        public let behaviour: DrillBehaviour
        /// The peak memory that it states, in bytes; nil for an honest statement.
        public let statedBytes: Int?

        /// A step from its parts; by default for all tasks, which do nothing and succeed.
        public init(
            every: Int = 1, offset: Int = 0, milliseconds: Int = 0, allocateBytes: Int = 0,
            outputBytes: Int = 0, behaviour: DrillBehaviour = .succeed, statedBytes: Int? = nil
        ) {
            self.every = every
            self.offset = offset
            self.milliseconds = milliseconds
            self.allocateBytes = allocateBytes
            self.outputBytes = outputBytes
            self.behaviour = behaviour
            self.statedBytes = statedBytes
        }
    }

    /// Layers of the graph.
    public let layers: Int
    /// Tasks of a layer.
    public let width: Int
    /// Outputs of the layer before that each task reads.
    public let fanIn: Int
    /// Where outputs live.
    public let retention: Retention
    /// Tasks of plans with another seed share no results.
    public let seed: UInt64
    /// The first step that fits a task is for it; where none fits it does nothing and succeeds.
    public let steps: [Step]

    /// A plan from its parts.
    public init(
        layers: Int, width: Int, fanIn: Int = 0, retention: Retention = .transient,
        seed: UInt64, steps: [Step] = []
    ) {
        self.layers = layers
        self.width = width
        self.fanIn = fanIn
        self.retention = retention
        self.seed = seed
        self.steps = steps
    }

    /// Whether every number is one that a coordinator can live with.
    var isWithinBounds: Bool {
        guard layers >= 1, width >= 1, layers <= Limits.tasksPerJobMax,
            width <= Limits.tasksPerJobMax / layers,
            (0...min(width, Limits.slotsPerTaskMax)).contains(fanIn), steps.count <= 1_024
        else { return false }
        return steps.allSatisfy { step in
            step.every >= 1 && (0..<step.every).contains(step.offset)
                && (0...(1 << 50)).contains(step.statedBytes ?? 0)
                && DrillParameters(
                    milliseconds: step.milliseconds, allocateBytes: step.allocateBytes,
                    outputBytes: step.outputBytes, seed: 0
                ).isWithinBounds
        }
    }

    /// What the task `number` does.
    func step(for number: Int) -> Step {
        steps.first { number % $0.every == $0.offset } ?? Step()
    }
}

extension JobSpecification {
    /// A drill.
    public static func drill(_ plan: DrillPlan) -> JobSpecification {
        let nothing = BlobReference(digest: Digest(sha256Of: []), byteCount: 0)
        return JobSpecification(
            purpose: .drill(plan),
            model: ModelManifest(
                title: "drill", configurationText: "", configuration: nothing, tensors: [],
                weightFiles: [], carriedFiles: []), data: nil, recipeText: nil)
    }

    /// Whether it is a drill, which only a coordinator that allows drills takes.
    public var isDrill: Bool {
        if case .drill = purpose { true } else { false }
    }
}
