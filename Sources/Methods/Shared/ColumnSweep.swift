import Linalg

/// What a sweep asks of a method: the value that each column shall have.
protocol ColumnChooser {
    /// Chooses the new values of one column.
    ///
    /// - parameter column: the column, in the order of the sweep.
    /// - parameter block: the columns of the current lazy block.
    /// - parameter current: block.count x outputs, all compensated up to this column.
    /// - parameter weight: outputs x inputs; right of the block it lacks the compensation of
    ///   this block, inside the block it is as it was when the block began.
    /// - parameter chosen: receives one value for each output.
    mutating func choose(
        column: Int, of block: Range<Int>, current: borrowing Matrix, weight: borrowing Matrix,
        into chosen: inout MutableSpan<Float>)

    /// Hears that all columns of a block have been chosen.
    mutating func finish(block: Range<Int>)
}

/// The sweep of GPTQ and SparseGPT: column by column, the error that a choice makes is
/// compensated on the later columns by the row of U (handbook layerwise 0.6).
///
/// Outputs never meet in a sum, so any subset of the outputs gives the same choices up to the
/// rounding of the matrix products.
struct ColumnSweep {
    /// The lazy blocks: within one, compensation is immediate; on the columns to its right it is
    /// one matrix product at its end.
    let blocks: [Range<Int>]

    /// Cuts columns into lazy blocks of at most `blockSize` columns.
    ///
    /// - parameter unit: columns for which a decision is made at once. No block begins inside a
    ///   unit that fits into a block, and each larger unit begins at a block's beginning: so the
    ///   weights of a whole unit are always up to date in one place, when its first column comes.
    init(columns: Int, blockSize: Int, unit: Int = 1) {
        precondition(blockSize > 0)
        precondition(unit > 0)
        var blocks: [Range<Int>] = []
        var start = 0
        while start < columns {
            let end =
                unit <= blockSize
                ? start + blockSize / unit * unit
                : min(start + blockSize, (start / unit + 1) * unit)
            blocks.append(start..<min(end, columns))
            start = end
        }
        self.blocks = blocks
    }

    /// Replaces the weights, outputs x inputs, by the chooser's choices.
    ///
    /// - parameter factor: U, inputs x inputs, upper triangular.
    /// - returns: the sum of the squared scaled errors, which is tr((W-Q) H (W-Q)^T).
    func run<Chooser: ColumnChooser>(
        _ weight: inout Matrix, factor: borrowing Matrix, chooser: inout Chooser
    ) -> Double {
        let outputs = weight.rows
        var squares = [Double](repeating: 0, count: outputs)
        var chosen = [Float](repeating: 0, count: outputs)
        for block in blocks {
            var current = transposedBlock(of: weight, columns: block)
            var errors = Matrix(rows: block.count, columns: outputs)
            for column in block {
                var values = chosen.mutableSpan
                chooser.choose(
                    column: column, of: block, current: current, weight: weight, into: &values)
                var sums = squares.mutableSpan
                settle(
                    column, of: block, at: values.span, factor: factor, current: &current,
                    errors: &errors, squares: &sums)
            }
            storeTransposed(current, into: &weight, columns: block)
            chooser.finish(block: block)
            lazyUpdate(weight: &weight, errors: errors, factor: factor, block: block)
        }
        return squares.reduce(0, +)
    }
}

/// Gives a column its chosen values and compensates on the later columns of its block.
private func settle(
    _ column: Int, of block: Range<Int>, at chosen: Span<Float>, factor: borrowing Matrix,
    current: inout Matrix, errors: inout Matrix, squares: inout MutableSpan<Double>
) {
    let compensation = factor.row(column)
    let index = column - block.lowerBound
    do {
        var values = current.mutableRow(index)
        var error = errors.mutableRow(index)
        replace(
            &values, by: chosen, pivot: compensation[column], errors: &error, squares: &squares)
    }
    let error = errors.row(index)
    subtractOuterProduct(
        column: error, row: compensation.extracting(column + 1..<block.upperBound),
        from: &current, startingAtColumn: index + 1)
}

/// errors = (values - chosen) / pivot; squares += errors^2; values = chosen.
private func replace(
    _ values: inout MutableSpan<Float>, by chosen: Span<Float>, pivot: Float,
    errors: inout MutableSpan<Float>, squares: inout MutableSpan<Double>
) {
    precondition(chosen.count == values.count)
    precondition(errors.count == values.count)
    precondition(squares.count == values.count)
    for i in chosen.indices {
        let error = (values[i] - chosen[i]) / pivot
        errors[i] = error
        squares[i] += Double(error) * Double(error)
        values[i] = chosen[i]
    }
}
