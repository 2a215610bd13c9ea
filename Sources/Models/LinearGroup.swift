internal import Linalg

/// The linear layers of a block that read the same input, so that one Gram serves them all.
public struct LinearGroup: Sendable, Codable, Hashable {
    /// The place in the order of execution, from zero; taps go by this number.
    public let index: Int
    /// The step of the block at which the group runs, 0...3; segments run from step to step.
    ///
    /// The same as the index but where experts work side by side: they are groups of their own,
    /// each with the tokens that are routed to it, at one step.
    public let step: Int
    /// The name of the shared input: "qkv_input", "o_input", "gate_up_input" ("up_input" where
    /// nothing gates) or "down_input", the last two behind "expert.3." or "shared_expert." where
    /// there are experts.
    public let tap: String
    /// The number of columns of the shared input.
    public let inputs: Int
    /// The layers, in the order of execution.
    public let linears: [LinearLayer]

    /// Bytes that the sum of its input's Gram takes while it is made.
    public var gramWorkingBytes: Int { GramAccumulator.workingBytes(dimension: inputs) }

    /// Describes a group, by default one whose step is its index; nothing is read.
    public init(
        index: Int, step: Int? = nil, tap: String, inputs: Int, linears: [LinearLayer]
    ) {
        self.index = index
        self.step = step ?? index
        self.tap = tap
        self.inputs = inputs
        self.linears = linears
    }
}
