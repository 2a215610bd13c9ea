import Linalg

@testable import Methods

/// The golden data set GV of handbook layerwise 11.1: W 3 x 8, Z 32 x 8, X = Z (I + A/2),
/// H = (2/32) X^T X, all drawn from seed 1733 and computed in Float64.
enum GoldenData {
    static let outputs = 3
    static let inputs = 8

    private static let drawn: (weight: [Double], gram: [Double]) = {
        var generator = SplitMix64(seed: 1733)
        let w = (0..<24).map { _ in generator.nextValue() }
        let a = (0..<64).map { _ in generator.nextValue() }
        let z = (0..<256).map { _ in generator.nextValue() }
        var x = z
        for t in 0..<32 {
            for j in 0..<8 {
                for k in 0..<8 { x[t * 8 + j] += 0.5 * z[t * 8 + k] * a[k * 8 + j] }
            }
        }
        var h = [Double](repeating: 0, count: 64)
        for i in 0..<8 {
            for j in 0..<8 {
                for t in 0..<32 { h[i * 8 + j] += x[t * 8 + i] * x[t * 8 + j] / 16 }
            }
        }
        return (w, h)
    }()

    static var weight: Matrix { matrix(drawn.weight.map(Float.init), rows: 3) }
    static var gram: Matrix { matrix(drawn.gram.map(Float.init), rows: 8) }
    static var diagonal: [Float] { (0..<8).map { Float(drawn.gram[$0 * 9]) } }

    /// A layer compressed by `method`, with all statistics given.
    static func compressed(
        _ method: CompressionMethod, dampingFraction: Double = 0.01
    ) throws -> CompressedLayer {
        let factor: InverseFactor? = try makeFactor(
            gram: gram, dampingFraction: dampingFraction, actOrder: method.ordersColumns,
            layer: "GV")
        let diagonal = diagonal
        return try compress(
            weight, method: method, gramDiagonal: diagonal.span, factor: factor, layer: "GV")
    }

    /// tr((W-Q) H (W-Q)^T) with the undamped H.
    static func error(of compressed: borrowing Matrix) -> Double {
        let energy = traceOfQuadraticForm(weight, gram)
        return energy * relativeOutputError(original: weight, compressed: compressed, gram: gram)
    }
}

/// A matrix of the given elements, row by row.
func matrix(_ elements: [Float], rows: Int) -> Matrix {
    Matrix(rows: rows, columns: elements.count / rows, copying: elements.span)
}

extension Matrix {
    /// All elements, row by row, as an array that expectations may capture.
    var values: [Float] {
        let elements = elements
        return elements.indices.map { elements[$0] }
    }
}

/// Whole numbers from a line of the handbook, whose rows are separated by slashes.
func numbers(_ line: String) -> [Int] {
    line.split { $0 == " " || $0 == "/" }.compactMap { Int($0) }
}

/// Where a matrix is zero, as 1, and elsewhere 0.
func zeroMask(_ values: [Float]) -> [Int] { values.map { $0 == 0 ? 1 : 0 } }

/// Whether two numbers differ by at most `tolerance` of the second.
func isClose(_ a: Double, _ b: Double, tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * abs(b)
}
