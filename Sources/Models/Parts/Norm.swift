import Linalg

/// A norm with its weight, and its bias if it has one, in memory.
struct Norm: Sendable {
    private let weight: [Float]
    private let bias: [Float]?
    private let epsilon: Float

    init(_ blueprint: NormBlueprint, from tensors: any TensorProvider) throws {
        let size = blueprint.size
        let stored = try blueprint.tensors.map { try tensors.vector(named: $0, count: size) }
        epsilon = blueprint.epsilon
        switch blueprint.kind {
        case .rootMeanSquare: (weight, bias) = (stored[0], nil)
        case .rootMeanSquareAboveOne: (weight, bias) = (stored[0].map { 1 + $0 }, nil)
        case .layer: (weight, bias) = (stored[0], stored[1])
        case .bareLayer:
            weight = [Float](repeating: 1, count: size)
            bias = [Float](repeating: 0, count: size)
        }
    }

    /// Each row of x, or each run of the norm's size in it, normalised.
    func apply(_ x: borrowing Matrix) -> Matrix {
        if let bias {
            return layerNormed(x, weight: weight.span, bias: bias.span, epsilon: epsilon)
        }
        return rmsNormed(x, weight: weight.span, epsilon: epsilon)
    }
}
