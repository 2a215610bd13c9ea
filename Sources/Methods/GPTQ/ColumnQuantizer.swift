import Linalg

/// Chooses the nearest grid value of each weight of a column.
struct ColumnQuantizer: ColumnChooser {
    /// Where a group's parameters come from.
    private enum Source {
        /// One group for each output, fitted before the sweep.
        case wholeRows
        /// Groups of original columns, fitted before the sweep.
        case original(width: Int)
        /// Groups of swept columns, fitted to the compensated weights when they begin.
        case fresh(width: Int)
        /// Groups of swept columns, fitted to the weights as the lazy block found them.
        case stale(width: Int)
    }

    private(set) var quantized: QuantizedColumns
    private let source: Source
    private let permutation: [Int]?
    private let isDynamic: Bool
    /// The codes of the current lazy block, columns x outputs.
    private var blockCodes: [[UInt8]] = []

    init(outputs: Int, inputs: Int, options: QuantizationOptions, permutation: [Int]?) {
        quantized = QuantizedColumns(outputs: outputs, inputs: inputs, options: options)
        self.permutation = permutation
        if let width = options.groupSize {
            switch (options.actOrder, options.staleGroups) {
            case (.static, _): source = .original(width: width)
            case (_, true): source = .stale(width: width)
            case (_, false): source = .fresh(width: width)
            }
        } else {
            source = .wholeRows
        }
        isDynamic = options.actOrder == .dynamic && options.groupSize != nil
    }

    /// The columns whose current weights are needed together.
    var columnsFittedAtOnce: Int {
        guard case .fresh(let width) = source else { return 1 }
        return width
    }

    /// The group of each original column, for groups of permuted columns.
    var groupIndex: [Int32]? {
        guard isDynamic, let permutation else { return nil }
        var index = [Int32](repeating: 0, count: permutation.count)
        for (new, old) in permutation.enumerated() { index[old] = Int32(group(of: new)) }
        return index
    }

    /// Fits the parameters if there is one group for each output.
    mutating func fitWholeRows(from weight: borrowing Matrix) {
        guard case .wholeRows = source else { return }
        quantized.fit(group: 0, from: weight, columns: 0..<quantized.inputs)
    }

    /// Fits the parameters if groups are static.
    mutating func fitStaticGroups(from weight: borrowing Matrix) {
        guard case .original(let width) = source else { return }
        for group in 0..<quantized.groups {
            let columns = group * width..<min((group + 1) * width, quantized.inputs)
            quantized.fit(group: group, from: weight, columns: columns)
        }
    }

    mutating func choose(
        column: Int, of block: Range<Int>, current: borrowing Matrix, weight: borrowing Matrix,
        into chosen: inout MutableSpan<Float>
    ) {
        fitGroup(beginningAt: column, of: block, current: current, weight: weight)
        let outputs = quantized.outputs
        let index = column - block.lowerBound
        if blockCodes.count < block.count {
            let column = [UInt8](repeating: 0, count: outputs)
            blockCodes = [[UInt8]](repeating: column, count: block.count)
        }
        let group = group(of: column)
        var codes = blockCodes[index].mutableSpan
        quantized.quantize(current.row(index), group: group, into: &chosen, codes: &codes)
    }

    mutating func finish(block: Range<Int>) {
        let outputs = quantized.outputs
        for output in 0..<outputs {
            for (index, column) in block.enumerated() {
                let original = permutation?[column] ?? column
                quantized.codes[output * quantized.inputs + original] =
                    blockCodes[index][output]
            }
        }
    }

    private func group(of column: Int) -> Int {
        switch source {
        case .wholeRows: 0
        case .original(let width): (permutation?[column] ?? column) / width
        case .fresh(let width), .stale(let width): column / width
        }
    }

    /// Fits a group of swept columns when its first column comes.
    private mutating func fitGroup(
        beginningAt column: Int, of block: Range<Int>, current: borrowing Matrix,
        weight: borrowing Matrix
    ) {
        switch source {
        case .wholeRows, .original: return
        case .stale(let width):
            guard column % width == 0 else { return }
            let columns = column..<min(column + width, quantized.inputs)
            quantized.fit(group: column / width, from: weight, columns: columns)
        case .fresh(let width):
            guard column % width == 0 else { return }
            let columns = column..<min(column + width, quantized.inputs)
            guard columns.upperBound > block.upperBound else {
                let rows = column - block.lowerBound..<columns.upperBound - block.lowerBound
                quantized.fit(group: column / width, fromBlock: current, rows: rows)
                return
            }
            // The sweep lets a group that is wider than a block begin with a block, where
            // nothing is pending and the weight itself is up to date.
            precondition(column == block.lowerBound, "a block begins inside a group")
            quantized.fit(group: column / width, from: weight, columns: columns)
        }
    }
}
