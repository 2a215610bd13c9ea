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
        var out = Matrix(rows: x.rows, columns: weight.rows)
        if let bias {
            applyLinear(x, weight: weight, bias: bias.span, into: &out)
        } else {
            applyLinear(x, weight: weight, into: &out)
        }
        return out
    }
}
