import Linalg

/// Settles columns at the nearest grid value of each weight.
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
    /// How the grid of each group is searched by output error; empty when it is not.
    private let searches: [GroupSearch]

    /// - parameter factor: the inverse factor, inputs x inputs, in the order of the sweep.
    init(
        outputs: Int, inputs: Int, options: QuantizationOptions, permutation: [Int]?,
        factor: borrowing Matrix
    ) {
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
        var searches: [GroupSearch] = []
        if options.grid == .outputError, let width = options.groupSize {
            let places = permutation.map(inverse)
            for start in stride(from: 0, to: inputs, by: width) {
                let columns = start..<min(start + width, inputs)
                searches.append(
                    options.actOrder == .static
                        ? GroupSearch(
                            quantized.quantizer, factor: factor, original: columns, places: places)
                        : GroupSearch(quantized.quantizer, factor: factor, columns: columns))
            }
        }
        self.searches = searches
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
            if searches.isEmpty {
                quantized.fit(group: group, from: weight, columns: columns(ofGroup: group, width))
            } else {
                quantized.fit(group: group, from: weight, by: searches[group])
            }
        }
    }

    mutating func settle(
        from column: Int, of block: inout LazyBlock, weight: borrowing Matrix
    ) -> Int {
        let end = fitGroups(beginningAt: column, of: block, weight: weight)
        let run = column..<end
        block.quantize(
            run, scales: quantized.scales.span, zeros: quantized.zeros.span,
            groups: run.map(group(of:)), maximumCode: quantized.maximumCode)
        return end
    }

    mutating func finish(_ block: borrowing LazyBlock) {
        let order = permutation
        var codes = quantized.codes.mutableSpan
        block.storeCodes(into: &codes, order: order)
    }

    private func group(of column: Int) -> Int {
        switch source {
        case .wholeRows: 0
        case .original(let width): (permutation?[column] ?? column) / width
        case .fresh(let width), .stale(let width): column / width
        }
    }

    private func columns(ofGroup group: Int, _ width: Int) -> Range<Int> {
        group * width..<min((group + 1) * width, quantized.inputs)
    }

    /// Fits the groups of swept columns whose weights are as they should be fitted, and returns
    /// the end of the columns that can be settled then.
    private mutating func fitGroups(
        beginningAt column: Int, of block: borrowing LazyBlock, weight: borrowing Matrix
    ) -> Int {
        let end = block.columns.upperBound
        switch source {
        case .wholeRows, .original: return end
        case .stale(let width):
            // Until the block is stored, the weight is as the block found it.
            for group in groupsBeginning(in: column..<end, width) {
                quantized.fit(group: group, from: weight, columns: columns(ofGroup: group, width))
            }
            return end
        case .fresh(let width):
            let group = column / width
            let columns = columns(ofGroup: group, width)
            guard column == columns.lowerBound else { return min(columns.upperBound, end) }
            guard columns.upperBound > end else {
                fit(group, from: block.current(columns))
                return columns.upperBound
            }
            // The sweep lets a group that is wider than a block begin with a block, where
            // nothing is pending and the weight itself is up to date.
            precondition(column == block.columns.lowerBound, "a block begins inside a group")
            if searches.isEmpty {
                quantized.fit(group: group, from: weight, columns: columns)
            } else {
                fit(group, from: Self.part(of: weight, columns))
            }
            return end
        }
    }

    private static func part(of weight: borrowing Matrix, _ columns: Range<Int>) -> Matrix {
        var part = Matrix(rows: weight.rows, columns: columns.count)
        for row in 0..<weight.rows {
            for (place, column) in columns.enumerated() { part[row, place] = weight[row, column] }
        }
        return part
    }

    /// Fits a group whose columns are all that is given.
    private mutating func fit(_ group: Int, from columns: consuming Matrix) {
        if searches.isEmpty {
            quantized.fit(group: group, from: columns, columns: 0..<columns.columns)
        } else {
            quantized.fit(group: group, from: columns, by: searches[group])
        }
    }

    /// The groups of `width` columns whose first column lies in a range.
    private func groupsBeginning(in range: Range<Int>, _ width: Int) -> Range<Int> {
        (range.lowerBound + width - 1) / width..<(range.upperBound + width - 1) / width
    }
}

/// The new place of each original column, from the original column of each new place.
private func inverse(_ permutation: [Int]) -> [Int] {
    var places = [Int](repeating: 0, count: permutation.count)
    for (new, old) in permutation.enumerated() { places[old] = new }
    return places
}
