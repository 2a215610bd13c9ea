import Linalg

/// From −1 to 1.
func randomNumber(_ generator: inout SplitMix64) -> Float {
    Float(generator.next() >> 40) / Float(1 << 23) - 1
}

func randomNumbers(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in randomNumber(&generator) }
}

func numbers(_ matrix: borrowing Matrix) -> [Float] {
    let elements = matrix.elements
    return elements.indices.map { elements[$0] }
}

/// Rows' products XᵀX, packed by rows of the lower triangle, in Float64.
func naiveGram(_ rows: [[Float]]) -> [Double] {
    let dimension = rows.first?.count ?? 0
    var packed: [Double] = []
    for i in 0..<dimension {
        for j in 0...i {
            packed.append(rows.reduce(0) { $0 + Double($1[i]) * Double($1[j]) })
        }
    }
    return packed
}

/// The largest difference, as a part of the largest magnitude.
func deviation(_ left: [Float], _ right: [Double]) -> Double {
    guard left.count == right.count else { return .infinity }
    let scale = right.map(abs).max() ?? 1
    return (zip(left, right).map { abs(Double($0) - $1) }.max() ?? 0) / max(scale, 1e-30)
}
