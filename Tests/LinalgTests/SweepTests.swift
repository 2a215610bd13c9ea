import Linalg
import Testing

/// Rounds every column to multiples of a quarter and compensates on the later ones.
private func sweep(
    _ weight: inout Matrix,
    factor: borrowing Matrix,
    blockSize: Int
) -> Double {
    var loss = 0.0
    for start in stride(from: 0, to: weight.columns, by: blockSize) {
        let columns = start..<min(start + blockSize, weight.columns)
        var block = transposedBlock(of: weight, columns: columns)
        var errors = Matrix(rows: columns.count, columns: weight.rows)
        for j in columns {
            let local = j - start
            for r in 0..<weight.rows {
                let value = block[local, r]
                let rounded = (value * 4).rounded() / 4
                errors[local, r] = (value - rounded) / factor[j, j]
                loss += Double(errors[local, r]) * Double(errors[local, r])
            }
            subtractOuterProduct(
                column: errors.row(local),
                row: factor.row(j).extracting(j..<columns.upperBound),
                from: &block,
                startingAtColumn: local
            )
            for r in 0..<weight.rows { block[local, r] = (block[local, r] * 4).rounded() / 4 }
        }
        storeTransposed(block, into: &weight, columns: columns)
        lazyUpdate(weight: &weight, errors: errors, factor: factor, block: columns)
    }
    return loss
}

@Suite struct `The column sweep` {
    @Test(arguments: [1, 4, 7, 24])
    func `has the loss that its errors add up to, whatever the block`(blockSize: Int) throws {
        var generator = SplitMix64(seed: 71)
        let original = generator.nextMatrix(rows: 10, columns: 24)
        let h = positiveDefinite(24, seed: 72)
        let factor = try inverseFactor(of: h.copy())
        var weight = original.copy()
        let loss = sweep(&weight, factor: factor, blockSize: blockSize)
        var difference = original.copy()
        for r in 0..<10 { for c in 0..<24 { difference[r, c] -= weight[r, c] } }
        let trace = traceOfQuadraticForm(difference, h)
        // Condition below 100, and 24 steps of a few units each.
        #expect(abs(loss - trace) <= 1000 * unit * trace)
        #expect(trace > 0)
    }

    @Test(arguments: awkwardLengths) func `subtracts outer products by rows`(rows: Int) {
        var generator = SplitMix64(seed: 73)
        var block = generator.nextMatrix(rows: 6, columns: rows)
        let before = block.copy()
        let (e, u) = (values(rows, &generator), values(4, &generator))
        subtractOuterProduct(column: e.span, row: u.span, from: &block, startingAtColumn: 2)
        var greatest = 0.0
        for k in 0..<6 {
            for r in 0..<rows {
                let change = k < 2 ? 0 : Double(u[k - 2]) * Double(e[r])
                greatest = max(greatest, abs(Double(block[k, r]) - Double(before[k, r]) + change))
            }
        }
        #expect(greatest <= 2 * unit)
    }

    @Test func `moves a block there and back`() {
        var generator = SplitMix64(seed: 74)
        let weight = generator.nextMatrix(rows: 37, columns: 50)
        var target = Matrix(rows: 37, columns: 50)
        let block = transposedBlock(of: weight, columns: 9..<44)
        storeTransposed(block, into: &target, columns: 9..<44)
        var mismatches = 0
        for r in 0..<37 {
            for c in 0..<50 {
                let expected = (9..<44).contains(c) ? weight[r, c] : 0
                if target[r, c] != expected { mismatches += 1 }
            }
        }
        #expect(mismatches == 0)
    }
}
