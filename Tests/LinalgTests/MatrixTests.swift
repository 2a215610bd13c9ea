import Linalg
import Testing

@Suite struct `A matrix` {
    @Test func `is zero at first and keeps what is written`() {
        var matrix = Matrix(rows: 3, columns: 5)
        let isZero = (0..<15).allSatisfy { matrix.elements[$0] == 0 }
        #expect(isZero)
        matrix[2, 4] = 7
        var row = matrix.mutableRow(1)
        row[0] = 3
        let seen = [matrix.elements[14], matrix.row(2)[4], matrix[1, 0], matrix.elements[5]]
        #expect(seen == [7, 7, 3, 3])
    }

    @Test func `may be empty`() {
        let matrix = Matrix(rows: 0, columns: 4)
        let (count, isFinite, rows) = (matrix.count, matrix.isFinite(), matrix.transposed().rows)
        #expect(count == 0)
        #expect(isFinite)
        #expect(rows == 4)
        #expect(matrix.encoded(as: .bfloat16).isEmpty)
    }

    @Test func `copies elements and not memory`() {
        var generator = SplitMix64(seed: 3)
        var matrix = generator.nextMatrix(rows: 4, columns: 3)
        let copy = matrix.copy()
        let last = matrix.copy(rows: 2..<4)
        let (before, tail) = (matrix[3, 1], last[1, 1])
        matrix[3, 1] = 9
        let after = copy[3, 1]
        #expect(after == before)
        #expect(tail == before)
        matrix.replaceRows(from: 2, with: last)
        let restored = matrix[3, 1]
        #expect(restored == before)
    }

    @Test(arguments: awkwardLengths) func `is transposed element by element`(length: Int) {
        var generator = SplitMix64(seed: 4)
        let matrix = generator.nextMatrix(rows: 19, columns: length)
        let transposed = matrix.transposed()
        var mismatches = 0
        for r in 0..<19 {
            for c in 0..<length where transposed[c, r] != matrix[r, c] { mismatches += 1 }
        }
        #expect(mismatches == 0)
    }

    @Test func `permutes its columns, and rows with them`() {
        var generator = SplitMix64(seed: 5)
        let matrix = generator.nextMatrix(rows: 4, columns: 4)
        let order = [2, 0, 3, 1]
        let byColumns = matrix.permutingColumns(order)
        let byBoth = matrix.permutingRowsAndColumns(order)
        var mismatches = 0
        for i in 0..<4 {
            for j in 0..<4 {
                if byColumns[i, j] != matrix[i, order[j]] { mismatches += 1 }
                if byBoth[i, j] != matrix[order[i], order[j]] { mismatches += 1 }
            }
        }
        #expect(mismatches == 0)
    }

    @Test(arguments: awkwardLengths) func `notices an infinity or a NaN anywhere`(length: Int) {
        var generator = SplitMix64(seed: 6)
        var matrix = generator.nextMatrix(rows: 1, columns: length)
        matrix[0, 0] = -Float.greatestFiniteMagnitude
        var verdicts = [matrix.isFinite()]
        for bad in [Float.infinity, -.infinity, .nan] {
            matrix[0, length - 1] = bad
            verdicts.append(matrix.isFinite())
        }
        #expect(verdicts == [true, false, false, false])
    }
}
