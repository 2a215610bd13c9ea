import Linalg

/// silu(gate) · up of a gated feed-forward layer (arXiv 2002.05202), up to its down projection.
struct GatedUnit: Sendable {
    private let gate: DenseLinear
    private let up: DenseLinear

    /// Loads the gate and up projections, `layers` in this order.
    init(layers: [LinearLayer], from tensors: any TensorProvider) throws {
        precondition(layers.count == 2)
        gate = try DenseLinear(layers[0], from: tensors)
        up = try DenseLinear(layers[1], from: tensors)
    }

    /// T × hidden size, normed, to T × intermediate size.
    func apply(_ normed: consuming Matrix) -> Matrix {
        var gated = gate.apply(normed)
        let raised = up.apply(normed)
        _ = consume normed
        siluMultiply(gate: &gated, up: raised)
        return gated
    }
}
