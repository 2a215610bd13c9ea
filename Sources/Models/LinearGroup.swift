internal import Linalg

/// The linear layers of a block that read the same input, so that one Gram serves them all.
public struct LinearGroup: Sendable, Codable, Hashable {
    /// The place in the order of execution, from zero.
    public let index: Int
    /// The name of the shared input: "qkv_input", "o_input", "gate_up_input" or "down_input".
    public let tap: String
    /// The number of columns of the shared input.
    public let inputs: Int
    /// The layers, in the order of execution.
    public let linears: [LinearLayer]

    /// Bytes that the sum of its input's Gram takes while it is made.
    public var gramWorkingBytes: Int { GramAccumulator.workingBytes(dimension: inputs) }

    /// Describes a group; nothing is read.
    public init(index: Int, tap: String, inputs: Int, linears: [LinearLayer]) {
        self.index = index
        self.tap = tap
        self.inputs = inputs
        self.linears = linears
    }
}
