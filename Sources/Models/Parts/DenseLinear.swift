import Linalg

/// A linear layer with its weight in memory; a class because matrices cannot be shared otherwise.
final class DenseLinear: Sendable {
    let weight: Matrix
    private let bias: [Float]?

    init(_ layer: LinearLayer, from tensors: any TensorProvider) throws {
        bias = try layer.bias.map { try tensors.vector(named: $0, count: layer.outputs) }
        weight = try tensors.matrix(
            named: layer.weight,
            rows: layer.outputs,
            columns: layer.inputs
        )
    }

    init(weight: consuming Matrix) {
        self.weight = weight
        bias = nil
    }

    /// T × inputs to T × outputs.
    func apply(_ x: borrowing Matrix) -> Matrix {
        if let bias { return linear(x, weight: weight, bias: bias.span) }
        return linear(x, weight: weight)
    }
}
