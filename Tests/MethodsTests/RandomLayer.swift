import Linalg

@testable import Methods

/// A seeded layer with correlated inputs, for tests that need more than the golden data.
struct RandomLayer: ~Copyable {
    let weight: Matrix
    let gram: Matrix
    let diagonal: [Float]

    /// - parameter dead: inputs that are always zero.
    init(outputs: Int, inputs: Int, seed: UInt64, dead: [Int] = []) {
        var generator = SplitMix64(seed: seed)
        weight = generator.nextMatrix(rows: outputs, columns: inputs)
        let tokens = 4 * inputs
        var x = generator.nextMatrix(rows: tokens, columns: inputs)
        for t in 0..<tokens {
            for j in 1..<max(inputs, 1) { x[t, j] += 0.6 * x[t, j - 1] }
            for j in stride(from: 0, to: inputs, by: 5) { x[t, j] *= 3 }
            for j in dead { x[t, j] = 0 }
        }
        var h = Matrix(rows: inputs, columns: inputs)
        multiply(x, x, transposingA: true, into: &h)
        diagonal = (0..<inputs).map { h[$0, $0] }
        gram = h
    }

    func factor(actOrder: Bool = false, damping: Double = 0.01) throws -> InverseFactor {
        try makeFactor(
            gram: gram.copy(), dampingFraction: damping, actOrder: actOrder, layer: "random")
    }

    func compressed(
        _ method: CompressionMethod, rows: Range<Int>? = nil
    ) throws -> CompressedLayer {
        let factor: InverseFactor? = try factor(actOrder: method.ordersColumns)
        let part = rows.map { weight.copy(rows: $0) } ?? weight.copy()
        return try compress(
            part, method: method, gramDiagonal: diagonal.span, factor: factor, layer: "random")
    }

    /// H with a diagonal of 1 at dead columns and the damping added, original order, Float64.
    func dampedGram(_ factor: borrowing InverseFactor) -> [Double] {
        let d = gram.rows
        var h = gram.values.map(Double.init)
        for i in factor.dead { h[i * d + i] = 1 }
        for i in 0..<d { h[i * d + i] += factor.damping }
        return h
    }
}

/// The inverse of a positive definite matrix by Gauss-Jordan elimination, Float64.
func inverse(_ matrix: [Double], dimension d: Int) -> [Double] {
    var a = matrix
    var b = [Double](repeating: 0, count: d * d)
    for i in 0..<d { b[i * d + i] = 1 }
    for p in 0..<d {
        let pivot = a[p * d + p]
        for k in 0..<d {
            a[p * d + k] /= pivot
            b[p * d + k] /= pivot
        }
        for i in 0..<d where i != p {
            let f = a[i * d + p]
            for k in 0..<d {
                a[i * d + k] -= f * a[p * d + k]
                b[i * d + k] -= f * b[p * d + k]
            }
        }
    }
    return b
}

/// tr(D H D^T), Float64, by its definition.
func quadraticForm(_ difference: [Double], _ h: [Double], dimension d: Int) -> Double {
    var total = 0.0
    for row in 0..<difference.count / d {
        for i in 0..<d {
            for j in 0..<d {
                total += difference[row * d + i] * h[i * d + j] * difference[row * d + j]
            }
        }
    }
    return total
}
