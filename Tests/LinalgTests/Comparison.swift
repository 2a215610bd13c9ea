import Linalg

/// Lengths around the widths of registers, unrolled loops and chunks.
let awkwardLengths = [1, 2, 7, 8, 9, 31, 32, 33, 511, 512, 513]

/// One unit in the last place of a Float32 near 1.
let unit = Double(Float.ulpOfOne)

/// Greatest absolute difference; infinite if shapes differ or one element is not finite.
func greatestDifference(_ a: borrowing Matrix, _ b: borrowing Matrix) -> Double {
    guard a.rows == b.rows, a.columns == b.columns, a.isFinite(), b.isFinite() else {
        return .infinity
    }
    var greatest = 0.0
    for r in 0..<a.rows {
        for c in 0..<a.columns { greatest = max(greatest, abs(Double(a[r, c]) - Double(b[r, c]))) }
    }
    return greatest
}

/// Greatest absolute difference between two lists of one length, infinite otherwise.
func greatestDifference(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { $0.1 - $0.0 }.map(\.magnitude).max() ?? 0
}

/// The next values of a generator.
func values(_ count: Int, _ generator: inout SplitMix64) -> [Float] {
    (0..<count).map { _ in Float(generator.nextValue()) }
}

/// xᵀ·x / rows + damping · I for random x of 2 · d rows: positive definite, condition below 100.
func positiveDefinite(_ d: Int, seed: UInt64) -> Matrix {
    var generator = SplitMix64(seed: seed)
    let x = generator.nextMatrix(rows: 2 * d, columns: d)
    var h = Matrix(rows: d, columns: d)
    multiply(x, x, transposingA: true, alpha: 1 / Float(2 * d), into: &h)
    for i in 0..<d { h[i, i] += 0.05 }
    return h
}
