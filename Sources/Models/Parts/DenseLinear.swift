import Linalg

/// A linear layer with its weight in memory; a class because matrices cannot be shared otherwise.
final class DenseLinear: Sendable {
    let weight: Matrix
    private let bias: [Float]?

    convenience init(_ layer: LinearLayer, from tensors: any TensorProvider) throws {
        try self.init(layer, outputs: 0..<layer.outputs, from: tensors)
    }

    /// Some outputs of a layer; only their rows are read if the layer is stored by outputs.
    init(
        _ layer: LinearLayer, outputs: Range<Int>, from tensors: any TensorProvider
    ) throws {
        let isWhole = outputs == 0..<layer.outputs
        bias = try layer.bias.map {
            Array(try tensors.vector(named: $0, count: layer.outputs)[outputs])
        }
        if layer.isStoredByInputs {
            let stored = try tensors.matrix(
                named: layer.weight,
                rows: layer.inputs,
                columns: layer.outputs
            )
            weight = transposedBlock(of: stored, columns: outputs)
        } else if isWhole {
            weight = try tensors.matrix(
                named: layer.weight,
                rows: layer.outputs,
                columns: layer.inputs
            )
        } else {
            let rows = try tensors.matrix(named: layer.weight, rows: outputs)
            guard rows.rows == outputs.count, rows.columns == layer.inputs else {
                throw ModelError.tensorShape(
                    name: layer.weight,
                    expected: [layer.outputs, layer.inputs],
                    found: [outputs.lowerBound + rows.rows, rows.columns]
                )
            }
            weight = rows
        }
    }

    init(weight: consuming Matrix) {
        self.weight = weight
        bias = nil
    }

    /// One layer a width, from layers of these widths or from one that holds all their rows.
    static func load(
        _ layers: [LinearLayer], widths: [Int], from tensors: any TensorProvider
    ) throws -> [DenseLinear] {
        guard layers.count == 1, widths.count > 1 else {
            precondition(layers.map(\.outputs) == widths)
            return try layers.map { try DenseLinear($0, from: tensors) }
        }
        precondition(layers[0].outputs == widths.reduce(0, +))
        var first = 0
        return try widths.map { width in
            defer { first += width }
            return try DenseLinear(layers[0], outputs: first..<first + width, from: tensors)
        }
    }

    /// T × inputs to T × outputs.
    func apply(_ x: borrowing Matrix) -> Matrix {
        if let bias { return linear(x, weight: weight, bias: bias.span) }
        return linear(x, weight: weight)
    }
}
