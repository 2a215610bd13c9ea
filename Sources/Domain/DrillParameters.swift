/// What a drill task does when it runs.
public enum DrillBehaviour: String, Sendable, Codable, CaseIterable {
    /// It gives its result.
    case succeed
    /// It fails the same way everywhere.
    case fail
    /// Its process aborts.
    case crash
    /// Its process ends without an answer.
    case exitSilently
    /// It takes memory until something stops it, at most `allocateBytes`.
    case allocateUntilKilled
    /// It never ends.
    case hang
    /// Its output differs from run to run.
    case differ
}

/// Parameters of `drill`: a harmless task that behaves as told, for tests of a whole cluster.
///
/// Inputs `input:0`, `input:1`, …; output `data`, if it is declared: bytes that follow from the
/// seed and from the inputs' first bytes.
public struct DrillParameters: Hashable, Sendable, Codable {
    /// How long it takes at least.
    public let milliseconds: Int
    /// Memory that it fills and holds, in bytes.
    public let allocateBytes: Int
    /// Bytes of its output.
    public let outputBytes: Int
    /// What the output follows from; different for tasks that shall not share a result.
    public let seed: UInt64
    /// What it does.
    public let behaviour: DrillBehaviour
    /// How many inputs come.
    public let inputs: Int

    /// Parameters from their parts.
    public init(
        milliseconds: Int = 0, allocateBytes: Int = 0, outputBytes: Int = 0, seed: UInt64,
        behaviour: DrillBehaviour = .succeed, inputs: Int = 0
    ) {
        self.milliseconds = milliseconds
        self.allocateBytes = allocateBytes
        self.outputBytes = outputBytes
        self.seed = seed
        self.behaviour = behaviour
        self.inputs = inputs
    }

    /// Whether a task may be run with these: none of them may do harm by its size.
    public var isWithinBounds: Bool {
        (0...3_600_000).contains(milliseconds) && (0...(1 << 40)).contains(allocateBytes)
            && (0...(1 << 30)).contains(outputBytes)
            && (0...Limits.slotsPerTaskMax).contains(inputs)
    }
}

extension TaskNames {
    /// Does as told.
    public static let drill = "drill"

    /// The input `index` of a drill task.
    public static func drillInput(_ index: Int) -> String { "input:\(index)" }
}
