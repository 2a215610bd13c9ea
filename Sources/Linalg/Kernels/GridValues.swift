extension Matrix {
    /// Makes the `rows` × `columns` matrix of weights that codes on uniform grids stand for.
    ///
    /// A weight is round(scale · (code − zero)): the difference is exact, the product is taken in
    /// Float32 and rounded to `type`, half to even. For 16-bit types the Float32 product of such
    /// numbers is exact, so this equals a product that is taken in that type, as PyTorch does.
    ///
    /// - Parameters:
    ///   - rows: at least 0.
    ///   - columns: at least 0.
    ///   - codes: row by row.
    ///   - scales: rows × groups, numbers that `type` holds exactly.
    ///   - zeros: rows × groups, the codes that stand for zero.
    ///   - groupOfColumn: the group of each column, all within the groups there are.
    ///   - type: the element type of the scales, to which weights are rounded.
    public init(
        rows: Int, columns: Int, dequantizing codes: Span<UInt8>, scales: Span<Float>,
        zeros: Span<UInt8>, groupOfColumn: [Int32], as type: ElementType
    ) {
        self.init(uninitializedRows: rows, columns: columns)
        precondition(codes.count == rows * columns && groupOfColumn.count == columns)
        precondition(scales.count == zeros.count)
        guard rows > 0, columns > 0 else { return }
        precondition(scales.count.isMultiple(of: rows))
        let groups = scales.count / rows
        let runs = equalRuns(groupOfColumn)
        var rounded = [UInt8](repeating: 0, count: columns * type.byteCount)
        for r in 0..<rows {
            var row = mutableRow(r)
            for (group, run) in runs {
                precondition(group >= 0 && group < groups)
                let scale = scales[r * groups + group]
                let zero = Int32(zeros[r * groups + group])
                for c in run { row[c] = Float(Int32(codes[r * columns + c]) - zero) * scale }
            }
            guard type != .float32 else { continue }
            var bytes = rounded.mutableSpan
            encode(row.span, as: type, into: &bytes)
            decode(unsafe bytes.span.bytes, as: type, into: &row)
        }
    }
}

/// The runs of columns that belong to one group; of natural groups there are few and long ones.
private func equalRuns(_ groups: [Int32]) -> [(group: Int, run: Range<Int>)] {
    var runs: [(group: Int, run: Range<Int>)] = []
    var start = 0
    for column in groups.indices
    where column + 1 == groups.count || groups[column + 1] != groups[column] {
        runs.append((Int(groups[column]), start..<column + 1))
        start = column + 1
    }
    return runs
}
