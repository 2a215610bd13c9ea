import Linalg

/// The column sweeps as the papers write them: one output after another, each error compensated at
/// once on all later columns (arXiv 2210.17323, 2301.00774).
enum NaiveSweep {
    /// Rounds to asymmetric grids of `groupSize` columns with codes 0...maximumCode.
    static func quantize(
        _ weight: consuming Matrix, factor: borrowing Matrix, groupSize: Int, maximumCode: Float
    ) -> Matrix {
        for output in 0..<weight.rows {
            var row = weight.mutableRow(output)
            var (scale, zero): (Float, Float) = (1, 0)
            for column in row.indices {
                if column % groupSize == 0 {
                    var (low, high): (Float, Float) = (0, 0)
                    for c in column..<min(column + groupSize, row.count) {
                        (low, high) = (min(low, row[c]), max(high, row[c]))
                    }
                    if low == high { (low, high) = (-1, 1) }
                    scale = (high - low) / maximumCode
                    zero = (-low / scale).rounded(.toNearestOrEven)
                }
                let code = (row[column] / scale).rounded(.toNearestOrEven) + zero
                let chosen = scale * (min(max(code, 0), maximumCode) - zero)
                replace(&row, at: column, by: chosen, factor: factor)
            }
        }
        return weight
    }

    /// Zeroes the given fraction of each `maskWidth` columns, all outputs together.
    static func prune(
        _ weight: consuming Matrix, factor: borrowing Matrix, fraction: Double, maskWidth: Int
    ) -> Matrix {
        for first in stride(from: 0, to: weight.columns, by: maskWidth) {
            let block = first..<min(first + maskWidth, weight.columns)
            var scores: [Float] = []
            for output in 0..<weight.rows {
                for column in block {
                    let score = weight[output, column] / factor[column, column]
                    scores.append(score * score)
                }
            }
            let threshold = scores.sorted()[Int(Double(scores.count) * fraction)]
            for output in 0..<weight.rows {
                var row = weight.mutableRow(output)
                for column in block {
                    let score = scores[output * block.count + column - first]
                    let chosen = score <= threshold ? 0 : row[column]
                    replace(&row, at: column, by: chosen, factor: factor)
                }
            }
        }
        return weight
    }

    private static func replace(
        _ row: inout MutableSpan<Float>, at column: Int, by chosen: Float,
        factor: borrowing Matrix
    ) {
        let compensation = factor.row(column)
        let error = (row[column] - chosen) / compensation[column]
        row[column] = chosen
        for later in column + 1..<row.count { row[later] -= error * compensation[later] }
    }
}
