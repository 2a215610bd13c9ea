import Linalg

/// Settles the masked weights of a column at zero and keeps the others.
struct ColumnPruner: ColumnChooser {
    /// The published number of columns that share a mask threshold.
    static let publishedMaskBlockSize = 128

    /// The columns whose mask is decided together.
    let columnsMaskedAtOnce: Int
    private let outputs: Int
    private let inputs: Int
    private let pattern: SparsityOptions.Pattern
    private let granularity: SparsityOptions.Granularity
    private let pivots: [Float]

    init(outputs: Int, inputs: Int, options: SparsityOptions, factor: borrowing Matrix) {
        self.outputs = outputs
        self.inputs = inputs
        pattern = options.pattern
        granularity = options.granularity ?? .matrix
        columnsMaskedAtOnce =
            switch options.pattern {
            case .unstructured:
                min(options.maskBlockSize ?? Self.publishedMaskBlockSize, inputs)
            case .structured(_, let width): width
            }
        var pivots = [Float](repeating: 0, count: inputs)
        for i in pivots.indices { pivots[i] = factor[i, i] }
        self.pivots = pivots
    }

    mutating func settle(
        from column: Int, of block: inout LazyBlock, weight: borrowing Matrix
    ) -> Int {
        let end = block.columns.upperBound
        if case .structured(let pruned, let width) = pattern, width <= LazyBlock.groupWidthMax {
            block.pruneGroups(column..<end, pruned: pruned, width: width)
            return end
        }
        let unit = column..<min(column + columnsMaskedAtOnce, inputs)
        precondition(unit.upperBound <= end, "a block ends inside a mask block")
        let mask = decidedMask(of: unit, current: block.current(unit))
        block.prune(unit, mask: mask.span)
        return unit.upperBound
    }

    mutating func finish(_ block: borrowing LazyBlock) {}

    /// The mask, outputs x unit.count, of a unit whose weights are `current`, of that shape too.
    private func decidedMask(of unit: Range<Int>, current: borrowing Matrix) -> [Bool] {
        let squares = unit.map { pivots[$0] * pivots[$0] }
        return switch (pattern, granularity) {
        case (.unstructured(let fraction), .matrix):
            thresholdMask(fraction, current: current, squares: squares)
        case (.unstructured(let fraction), .row):
            maskByOutput(Int(Double(unit.count) * fraction), current: current, squares: squares)
        case (.structured(let pruned, _), _):
            maskByOutput(pruned, current: current, squares: squares)
        }
    }

    /// Masks by one threshold for all outputs of the unit.
    private func thresholdMask(
        _ fraction: Double, current: borrowing Matrix, squares: [Float]
    ) -> [Bool] {
        var scores = [Float](repeating: 0, count: current.count)
        var mask = [Bool](repeating: false, count: current.count)
        var target = scores.mutableSpan
        Crew.shared.forEachTile(of: &target, width: squares.count * outputsAtOnce) { first, tile in
            for start in stride(from: 0, to: tile.count, by: squares.count) {
                let row = current.row((first + start) / squares.count)
                score(row, squares: squares.span, into: &tile, from: start)
            }
        }
        var marks = mask.mutableSpan
        markThreshold(scores.span, fraction: fraction, mask: &marks)
        return mask
    }

    /// Masks the `pruned` smallest scores of the unit in each output by itself.
    private func maskByOutput(
        _ pruned: Int, current: borrowing Matrix, squares: [Float]
    ) -> [Bool] {
        var mask = [Bool](repeating: false, count: current.count)
        let width = squares.count
        var target = mask.mutableSpan
        Crew.shared.forEachTile(of: &target, width: width * outputsAtOnce) { first, tile in
            var scores = [Float](repeating: 0, count: width)
            var marks = [Bool](repeating: false, count: width)
            for start in stride(from: 0, to: tile.count, by: width) {
                let row = current.row((first + start) / width)
                var own = scores.mutableSpan
                score(row, squares: squares.span, into: &own, from: 0)
                var found = marks.mutableSpan
                markSmallest(pruned, of: own.span, mask: &found)
                for place in marks.indices { tile[start + place] = marks[place] }
            }
        }
        return mask
    }
}

/// The outputs whose scores one thread computes at a time.
private let outputsAtOnce = 32

/// scores[offset + i] = values[i]^2 / squares[i], the cost of zeroing a weight.
private func score(
    _ values: Span<Float>, squares: Span<Float>, into scores: inout MutableSpan<Float>,
    from offset: Int
) {
    precondition(squares.count == values.count)
    for i in values.indices { scores[offset + i] = (values[i] * values[i]) / squares[i] }
}
