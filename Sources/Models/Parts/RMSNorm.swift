import Linalg

/// Root-mean-square norm with its gains (arXiv 1910.07467).
struct RMSNorm: Sendable {
    let weight: [Float]
    let epsilon: Float

    init(named name: String, size: Int, epsilon: Float, from tensors: any TensorProvider) throws {
        weight = try tensors.vector(named: name, count: size)
        self.epsilon = epsilon
    }

    func apply(_ x: borrowing Matrix) -> Matrix {
        rmsNormed(x, weight: weight.span, epsilon: epsilon)
    }
}
