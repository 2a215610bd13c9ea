/// A linear layer of a block: y = x · weightᵀ + bias with a weight of outputs × inputs.
///
/// Where a family stores several projections of one input as one tensor, they are one layer here
/// too: its rows are independent given the input's Gram, so nothing is lost, and the checkpoint
/// that comes out has the tensors of the one that went in.
public struct LinearLayer: Sendable, Codable, Hashable {
    /// The layer's name, "model.layers.3.self_attn.q_proj".
    public let name: String
    /// The name of the bias tensor, if the layer has one.
    public let bias: String?
    /// The number of rows of the weight.
    public let outputs: Int
    /// The number of columns of the weight.
    public let inputs: Int
    /// The block it belongs to, from zero.
    public let block: Int
    /// The index of its group within the block, from zero.
    public let group: Int
    /// Whether the tensor holds the weight's transpose, inputs × outputs (GPT-2's `Conv1D`).
    public let isStoredByInputs: Bool

    /// The name of the weight tensor.
    public var weight: String { name + ".weight" }

    /// The extents of the weight tensor as it is stored.
    public var storedShape: [Int] { isStoredByInputs ? [inputs, outputs] : [outputs, inputs] }

    /// The tensors that the layer reads: the weight, then the bias if there is one.
    public var tensors: [String] { [weight] + (bias.map { [$0] } ?? []) }

    /// Describes a layer, by default stored as outputs × inputs; nothing is read.
    public init(
        name: String,
        bias: String?,
        outputs: Int,
        inputs: Int,
        block: Int,
        group: Int,
        isStoredByInputs: Bool = false
    ) {
        self.name = name
        self.bias = bias
        self.outputs = outputs
        self.inputs = inputs
        self.block = block
        self.group = group
        self.isStoredByInputs = isStoredByInputs
    }
}
