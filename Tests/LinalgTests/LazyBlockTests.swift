import Linalg
import Testing

private let columns = 40

/// A weight, a factor, and grids of two groups, for any number of rows.
private struct Problem: ~Copyable {
    let weight: Matrix
    let factor: Matrix
    let scales: [Float]
    let zeros: [Float]

    init(rows: Int) throws {
        var generator = SplitMix64(seed: 81)
        weight = generator.nextMatrix(rows: rows, columns: columns)
        factor = try inverseFactor(of: positiveDefinite(columns, seed: 82))
        scales = values(2 * rows, &generator).map { 0.1 + 0.05 * abs($0) }
        zeros = values(2 * rows, &generator).map { 7 + (2 * $0).rounded() }
    }
}

/// What a block does, column by column and pass by pass; the judge of its bits.
private struct Plain: ~Copyable {
    var block: Matrix
    var errors: Matrix
    var squares: [Double]
    let first: Int

    init(_ weight: borrowing Matrix, _ range: Range<Int>) {
        block = transposedBlock(of: weight, columns: range)
        errors = Matrix(rows: range.count, columns: weight.rows)
        squares = [Double](repeating: 0, count: weight.rows)
        first = range.lowerBound
    }

    mutating func settle(_ place: Int, at chosen: [Float], factor: borrowing Matrix) {
        let column = first + place
        for r in chosen.indices {
            let error = (block[place, r] - chosen[r]) / factor[column, column]
            errors[place, r] = error
            block[place, r] = chosen[r]
            squares[r] += Double(error) * Double(error)
        }
        let later = column + 1..<first + block.rows
        let error = chosen.indices.map { errors[place, $0] }
        subtractOuterProduct(
            column: error.span,
            row: factor.row(column).extracting(later),
            from: &block,
            startingAtColumn: place + 1)
    }

    func store(into weight: inout Matrix, factor: borrowing Matrix) {
        let range = first..<first + block.rows
        storeTransposed(block, into: &weight, columns: range)
        lazyUpdate(weight: &weight, errors: errors, factor: factor, block: range)
    }
}

private func list(_ matrix: borrowing Matrix) -> [Float] {
    let elements = matrix.elements
    return elements.indices.map { elements[$0] }
}

/// Numbers of rows around one and two tiles.
private let rowCounts = [1, 63, 64, 65, 130]

@Suite struct `A lazy block` {
    @Test(arguments: rowCounts, [1, 7, 8, 9, 17, 25])
    func `quantises bit by bit as the plain loop does`(rows: Int, size: Int) throws {
        let problem = try Problem(rows: rows)
        let range = 5..<5 + size
        let groups = range.map { $0 < 15 ? 1 : 0 }
        var block = LazyBlock(rows: rows, columnsMax: 30)
        block.load(range, of: problem.weight, factor: problem.factor)
        // Two runs, as groups of fresh parameters need them.
        let middle = 5 + (size + 1) / 2
        for run in [5..<middle, middle..<range.upperBound] {
            block.quantize(
                run, scales: problem.scales.span, zeros: problem.zeros.span,
                groups: run.map { groups[$0 - 5] }, maximumCode: 15)
        }
        var codes = [UInt8](repeating: 99, count: rows * columns)
        var target = codes.mutableSpan
        block.storeCodes(into: &target)
        var found = problem.weight.copy()
        block.store(into: &found, factor: problem.factor)

        var plain = Plain(problem.weight, range)
        var plainCodes = [UInt8](repeating: 99, count: rows * columns)
        for place in 0..<size {
            var chosen = [Float](repeating: 0, count: rows)
            var column = [UInt8](repeating: 0, count: rows)
            let run = groups[place] * rows..<(groups[place] + 1) * rows
            var codes = column.mutableSpan
            var values = chosen.mutableSpan
            roundToGrid(
                plain.block.row(place), scales: problem.scales.span.extracting(run),
                zeros: problem.zeros.span.extracting(run), maximumCode: 15, codes: &codes,
                values: &values)
            plain.settle(place, at: chosen, factor: problem.factor)
            for r in 0..<rows { plainCodes[r * columns + 5 + place] = column[r] }
        }
        var expected = problem.weight.copy()
        plain.store(into: &expected, factor: problem.factor)
        let (ours, theirs) = (list(found), list(expected))
        #expect(ours == theirs)
        #expect(codes == plainCodes)
        let error = block.squaredError
        #expect(error == plain.squares.reduce(0, +))
    }

    @Test(arguments: rowCounts, [1, 8, 19])
    func `prunes bit by bit as the plain loop does`(rows: Int, size: Int) throws {
        let problem = try Problem(rows: rows)
        let range = 3..<3 + size
        var generator = SplitMix64(seed: 83)
        let mask = (0..<rows * size).map { _ in generator.nextValue() < 0 }
        var block = LazyBlock(rows: rows, columnsMax: size)
        block.load(range, of: problem.weight, factor: problem.factor)
        block.prune(range, mask: mask.span)
        var found = problem.weight.copy()
        block.store(into: &found, factor: problem.factor)

        var plain = Plain(problem.weight, range)
        for place in 0..<size {
            let chosen = (0..<rows).map { mask[$0 * size + place] ? 0 : plain.block[place, $0] }
            plain.settle(place, at: chosen, factor: problem.factor)
        }
        var expected = problem.weight.copy()
        plain.store(into: &expected, factor: problem.factor)
        let (ours, theirs) = (list(found), list(expected))
        #expect(ours == theirs)
    }

    @Test(arguments: [(1, 2), (2, 4), (3, 5), (1, 3), (5, 12), (20, 32)])
    func `prunes groups bit by bit as the plain loop does`(pruned: Int, width: Int) throws {
        let rows = 70
        let problem = try Problem(rows: rows)
        let range = 2..<2 + 36 / width * width
        var block = LazyBlock(rows: rows, columnsMax: 40)
        block.load(range, of: problem.weight, factor: problem.factor)
        block.pruneGroups(range, pruned: pruned, width: width)
        var found = problem.weight.copy()
        block.store(into: &found, factor: problem.factor)

        var plain = Plain(problem.weight, range)
        var masked = [[Int]](repeating: [], count: rows)
        for place in 0..<range.count {
            if place % width == 0 {
                for r in 0..<rows {
                    let scores = (place..<place + width).map { k in
                        let pivot = problem.factor[2 + k, 2 + k]
                        let value = plain.block[k, r]
                        return ((value * value) / (pivot * pivot), k)
                    }
                    masked[r] = scores.sorted { $0 < $1 }.prefix(pruned).map(\.1)
                }
            }
            let chosen = (0..<rows).map {
                masked[$0].contains(place) ? 0 : plain.block[place, $0]
            }
            plain.settle(place, at: chosen, factor: problem.factor)
        }
        var expected = problem.weight.copy()
        plain.store(into: &expected, factor: problem.factor)
        let (ours, theirs) = (list(found), list(expected))
        #expect(ours == theirs)
    }

    @Test func `shows compensated values before it settles them`() throws {
        let problem = try Problem(rows: 70)
        var block = LazyBlock(rows: 70, columnsMax: 20)
        block.load(4..<20, of: problem.weight, factor: problem.factor)
        let before = block.current(6..<9)
        var plain = Plain(problem.weight, 4..<20)
        let all = [Bool](repeating: true, count: 70 * 2)
        block.prune(4..<6, mask: all.span)
        for place in 0..<2 {
            let zeros = [Float](repeating: 0, count: 70)
            plain.settle(place, at: zeros, factor: problem.factor)
        }
        let after = block.current(6..<9)
        var mismatches = 0
        for r in 0..<70 {
            for c in 0..<3 {
                if before[r, c] != problem.weight[r, 6 + c] { mismatches += 1 }
                if after[r, c] != plain.block[2 + c, r] { mismatches += 1 }
            }
        }
        #expect(mismatches == 0)
    }

    @Test func `puts codes where an order says`() throws {
        let problem = try Problem(rows: 3)
        var block = LazyBlock(rows: 3, columnsMax: 40)
        block.load(0..<columns, of: problem.weight, factor: problem.factor)
        block.quantize(
            0..<columns, scales: problem.scales.span, zeros: problem.zeros.span,
            groups: [Int](repeating: 0, count: columns), maximumCode: 15)
        var straight = [UInt8](repeating: 0, count: 3 * columns)
        var reversed = straight
        var target = straight.mutableSpan
        block.storeCodes(into: &target)
        var other = reversed.mutableSpan
        block.storeCodes(into: &other, order: Array((0..<columns).reversed()))
        for r in 0..<3 {
            let row = Array(straight[r * columns..<(r + 1) * columns])
            let mirrored = Array(reversed[r * columns..<(r + 1) * columns])
            #expect(row == mirrored.reversed())
        }
    }
}

@Suite struct `Tiles of products` {
    @Test func `update the columns after a block as the twin does`() {
        var generator = SplitMix64(seed: 84)
        let (rows, inputs, block) = (300, 1100, 10..<40)
        let weight = generator.nextMatrix(rows: rows, columns: inputs)
        let errors = generator.nextMatrix(rows: block.count, columns: rows)
        let factor = generator.nextMatrix(rows: inputs, columns: inputs)
        var updated = weight.copy()
        lazyUpdate(weight: &updated, errors: errors, factor: factor, block: block)
        var greatest = 0.0
        for r in 0..<rows {
            for c in 0..<inputs {
                var expected = Double(weight[r, c])
                if c >= block.upperBound {
                    for k in block {
                        expected -= Double(errors[k - 10, r]) * Double(factor[k, c])
                    }
                }
                greatest = max(greatest, abs(Double(updated[r, c]) - expected))
            }
        }
        // Thirty products of numbers below 1.
        #expect(greatest <= 30 * unit)
        Crew.setThreads(3)
        defer { Crew.setThreads(1) }
        var together = weight.copy()
        lazyUpdate(weight: &together, errors: errors, factor: factor, block: block)
        let (one, three) = (list(updated), list(together))
        #expect(one == three)
    }

    @Test(arguments: [(1, 1), (3, 257), (257, 40), (300, 520)])
    func `sum a quadratic form as the twin does`(outputs: Int, inputs: Int) {
        var generator = SplitMix64(seed: 85)
        let d = generator.nextMatrix(rows: outputs, columns: inputs)
        let h = positiveDefinite(inputs, seed: 86)
        let trace = traceOfQuadraticForm(d, h)
        let expected =
            inputs < 300
            ? Reference.traceOfQuadraticForm(d, h) : fullProductTrace(d, h)
        #expect(abs(trace - expected) <= Double(inputs + 8) * unit * expected)
        Crew.setThreads(3)
        defer { Crew.setThreads(1) }
        let together = traceOfQuadraticForm(d, h)
        #expect(trace == together)
    }

    /// The trace by way of the whole product, for shapes where three loops take too long.
    private func fullProductTrace(_ d: borrowing Matrix, _ h: borrowing Matrix) -> Double {
        var product = Matrix(rows: d.rows, columns: d.columns)
        multiply(d, h, into: &product)
        return (0..<d.rows).reduce(0) { $0 + preciseDotProduct(d.row($1), product.row($1)) }
    }
}
