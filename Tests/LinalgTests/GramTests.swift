import Linalg
import Testing

/// What a Float32 sum of `rows` products below 1 may err by.
///
/// A chunk has at most 2048 additions, each off by up to half a unit in the last place of the sum;
/// at random signs that makes sqrt(2048) / 2, about 23, units of the greatest sum, which is a
/// diagonal one and near rows / 3.
private func tolerance(rows: Int) -> Double { 32 * Double(Float(rows / 2 + 1).ulp) }

@Suite struct `The Gram matrix` {
    @Test(arguments: [1, 2, 33, 511, 512, 513, 1030]) func `agrees with the naive twin`(rows: Int) {
        var generator = SplitMix64(seed: 41)
        let x = generator.nextMatrix(rows: rows, columns: 17)
        var gram = GramAccumulator(dimension: 17)
        gram.add(rows: x)
        let packed = gram.packedTriangle().map(Double.init)
        let difference = greatestDifference(packed, Reference.packedTriangle(of: x))
        #expect(difference <= tolerance(rows: rows))
    }

    @Test func `of partial sums is the sum of all rows`() {
        var generator = SplitMix64(seed: 42)
        let x = generator.nextMatrix(rows: 700, columns: 33)
        var whole = GramAccumulator(dimension: 33)
        var first = GramAccumulator(dimension: 33)
        var second = GramAccumulator(dimension: 33)
        var total = GramAccumulator(dimension: 33)
        whole.add(rows: x)
        first.add(rows: x.copy(rows: 0..<300))
        second.add(rows: x.copy(rows: 300..<700))
        total.add(triangle: first.packedTriangle().span)
        total.add(triangle: second.packedTriangle().span)
        let difference = greatestDifference(
            total.packedTriangle().map(Double.init),
            whole.packedTriangle().map(Double.init)
        )
        #expect(difference <= tolerance(rows: 700))
    }

    @Test(arguments: [640, 641, 700, 1300]) func `goes by tiles, on any number of threads`(
        dimension: Int
    ) {
        var generator = SplitMix64(seed: 44)
        let x = generator.nextMatrix(rows: 40, columns: dimension)
        var gram = GramAccumulator(dimension: dimension)
        gram.add(rows: x)
        let packed = gram.packedTriangle()
        let difference = greatestDifference(
            packed.map(Double.init), Reference.packedTriangle(of: x))
        #expect(difference <= tolerance(rows: 40))
        Crew.setThreads(3)
        defer { Crew.setThreads(1) }
        var together = GramAccumulator(dimension: dimension)
        together.add(rows: x)
        #expect(together.packedTriangle() == packed)
        var again = GramAccumulator(dimension: dimension)
        again.add(triangleBytes: float32Bytes(packed).span.bytes)
        #expect(again.packedTriangle() == packed)
        var count = 0
        again.writePackedTriangle { count += $0.byteCount }
        #expect(count == 4 * packed.count)
    }

    @Test func `split at chunks is the same to the last bit`() {
        var generator = SplitMix64(seed: 43)
        let x = generator.nextMatrix(rows: 4300, columns: 20)
        var whole = GramAccumulator(dimension: 20)
        var parts = GramAccumulator(dimension: 20)
        whole.add(rows: x)
        for start in [0, 2048, 4096] {
            parts.add(rows: x.copy(rows: start..<min(start + 2048, 4300)))
        }
        #expect(whole.packedTriangle() == parts.packedTriangle())
    }

    @Test(arguments: awkwardLengths) func `is unpacked symmetrically`(d: Int) {
        let count = d * (d + 1) / 2
        let packed = (0..<count).map { Float($0 % 8191) }
        let matrix = symmetricMatrix(dimension: d, packedTriangle: packed.span)
        var mismatches = 0
        for r in 0..<d {
            for c in 0...r {
                let expected = packed[r * (r + 1) / 2 + c]
                if matrix[r, c] != expected || matrix[c, r] != expected { mismatches += 1 }
            }
        }
        #expect(mismatches == 0)
    }

    @Test(arguments: awkwardLengths) func `has the diagonal of the column squares`(d: Int) {
        var generator = SplitMix64(seed: 44)
        let x = generator.nextMatrix(rows: 40, columns: d)
        var gram = GramAccumulator(dimension: d)
        var squares = DiagonalAccumulator(dimension: d)
        gram.add(rows: x)
        squares.add(rows: x)
        let (fast, precise) = (gram.diagonal(), squares.diagonal())
        let naive = (0..<d).map { c in
            (0..<40).reduce(0.0) { sum, r in sum + Double(x[r, c]) * Double(x[r, c]) }
        }
        #expect(greatestDifference(precise.map(Double.init), naive) <= 16 * unit)
        #expect(greatestDifference(fast.map(Double.init), naive) <= tolerance(rows: 40))
        squares.add(diagonal: precise.span)
        #expect(squares.diagonal() == precise.map { 2 * $0 })
    }
}
