/// A linear layer of a block: y = x · weightᵀ + bias with a weight of outputs × inputs.
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

    /// The name of the weight tensor.
    public var weight: String { name + ".weight" }

    /// The tensors that the layer reads: the weight, then the bias if there is one.
    public var tensors: [String] { [weight] + (bias.map { [$0] } ?? []) }

    /// Describes a layer; nothing is read.
    public init(
        name: String,
        bias: String?,
        outputs: Int,
        inputs: Int,
        block: Int,
        group: Int
    ) {
        self.name = name
        self.bias = bias
        self.outputs = outputs
        self.inputs = inputs
        self.block = block
        self.group = group
    }
}
