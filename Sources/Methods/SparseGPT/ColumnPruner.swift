import Linalg

/// Chooses zero for the masked weights of a column and keeps the others.
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
    /// The mask of the current unit, columns x outputs.
    private var mask: [Bool] = []

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

    mutating func choose(
        column: Int, of block: Range<Int>, current: borrowing Matrix, weight: borrowing Matrix,
        into chosen: inout MutableSpan<Float>
    ) {
        let index = column - block.lowerBound
        let place = column % columnsMaskedAtOnce
        if place == 0 {
            let unit = column..<min(column + columnsMaskedAtOnce, inputs)
            precondition(unit.upperBound <= block.upperBound, "a block ends inside a mask block")
            mask = decidedMask(of: unit, current: current, first: index)
        }
        let run = place * outputs..<(place + 1) * outputs
        keep(current.row(index), unless: mask.span.extracting(run), into: &chosen)
    }

    mutating func finish(block: Range<Int>) {}

    /// The mask, columns x outputs, of a unit whose first column is row `first` of the block.
    private func decidedMask(
        of unit: Range<Int>, current: borrowing Matrix, first: Int
    ) -> [Bool] {
        switch (pattern, granularity) {
        case (.unstructured(let fraction), .matrix):
            thresholdMask(fraction, of: unit, current: current, first: first)
        case (.unstructured(let fraction), .row):
            maskByOutput(
                Int(Double(unit.count) * fraction), of: unit, current: current, first: first)
        case (.structured(let pruned, _), _):
            maskByOutput(pruned, of: unit, current: current, first: first)
        }
    }

    /// Masks by one threshold for all outputs of the unit.
    private func thresholdMask(
        _ fraction: Double, of unit: Range<Int>, current: borrowing Matrix, first: Int
    ) -> [Bool] {
        var scores = [Float](repeating: 0, count: unit.count * outputs)
        var mask = [Bool](repeating: false, count: unit.count * outputs)
        var target = scores.mutableSpan
        for (place, column) in unit.enumerated() {
            score(
                current.row(first + place), pivot: pivots[column], into: &target,
                from: place * outputs)
        }
        var marks = mask.mutableSpan
        markThreshold(scores.span, fraction: fraction, mask: &marks)
        return mask
    }

    /// Masks the `pruned` smallest scores of the unit in each output by itself.
    private func maskByOutput(
        _ pruned: Int, of unit: Range<Int>, current: borrowing Matrix, first: Int
    ) -> [Bool] {
        var mask = [Bool](repeating: false, count: unit.count * outputs)
        var own = [Float](repeating: 0, count: unit.count)
        var marks = [Bool](repeating: false, count: unit.count)
        let squares = unit.map { pivots[$0] * pivots[$0] }
        let elements = current.elements
        // Counting ranks is faster in a short run, and both ways mark the same weights.
        let isShort = unit.count <= 32
        for output in 0..<outputs {
            for place in 0..<unit.count {
                let value = elements[(first + place) * outputs + output]
                own[place] = (value * value) / squares[place]
            }
            var target = marks.mutableSpan
            if isShort {
                markSmallest(pruned, ofEach: unit.count, in: own.span, mask: &target)
            } else {
                markSmallest(pruned, of: own.span, mask: &target)
            }
            for place in marks.indices { mask[place * outputs + output] = marks[place] }
        }
        return mask
    }
}

/// scores[offset + i] = values[i]^2 / pivot^2, the cost of zeroing a weight.
private func score(
    _ values: Span<Float>, pivot: Float, into scores: inout MutableSpan<Float>, from offset: Int
) {
    let square = pivot * pivot
    for i in values.indices { scores[offset + i] = (values[i] * values[i]) / square }
}

/// chosen[i] = mask[i] ? 0 : values[i].
private func keep(
    _ values: Span<Float>, unless mask: Span<Bool>, into chosen: inout MutableSpan<Float>
) {
    precondition(mask.count == values.count)
    precondition(chosen.count == values.count)
    for i in values.indices { chosen[i] = mask[i] ? 0 : values[i] }
}
