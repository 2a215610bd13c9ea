import Linalg

/// Zeroes columns whose input is always zero: they never change the layer's output.
func zeroColumns(_ columns: [Int], of weight: inout Matrix) {
    guard !columns.isEmpty else { return }
    for output in 0..<weight.rows {
        var row = weight.mutableRow(output)
        for column in columns { row[column] = 0 }
    }
}
