import Linalg

/// What a sweep asks of a method: to settle each column at the values that it shall have.
protocol ColumnChooser {
    /// Settles the columns of a block from `column` on, as many as can be decided together, and
    /// returns the first one that is not settled then.
    ///
    /// - parameter column: the first unsettled column, in the order of the sweep.
    /// - parameter block: the current lazy block, compensated up to this column.
    /// - parameter weight: outputs x inputs; right of the block it lacks the compensation of
    ///   this block, inside the block it is as it was when the block began.
    mutating func settle(
        from column: Int, of block: inout LazyBlock, weight: borrowing Matrix
    ) -> Int

    /// Hears that all columns of a block have been settled.
    mutating func finish(_ block: borrowing LazyBlock)
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
        var block = LazyBlock(
            rows: weight.rows, columnsMax: blocks.map(\.count).max() ?? 1)
        for columns in blocks {
            block.load(columns, of: weight, factor: factor)
            var column = columns.lowerBound
            while column < columns.upperBound {
                let next = chooser.settle(from: column, of: &block, weight: weight)
                precondition(next > column, "a chooser settled nothing")
                column = next
            }
            chooser.finish(block)
            block.store(into: &weight, factor: factor)
        }
        return block.squaredError
    }
}
