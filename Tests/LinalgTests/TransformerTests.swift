import Foundation
import Linalg
import Testing

@Suite struct `Transformer kernels` {
    @Test(arguments: awkwardLengths + [4096]) func `normalise by the mean square`(columns: Int) {
        var generator = SplitMix64(seed: 61)
        let x = generator.nextMatrix(rows: 3, columns: columns)
        let weight = values(columns, &generator)
        let naive = Reference.rmsNorm(x, weight: weight.span, epsilon: 1e-5)
        var out = Matrix(rows: 3, columns: columns)
        rmsNorm(x, weight: weight.span, epsilon: 1e-5, into: &out)
        let difference = greatestDifference(out, naive)
        // The mean of squares errs by a few units, its root by half of that; values are near 1.
        #expect(difference <= 16 * unit)
    }

    @Test(arguments: [(1, 2), (3, 8), (9, 64), (2, 66)])
    func `rotate the halves of every head`(heads: Int, headDimension: Int) {
        var generator = SplitMix64(seed: 62)
        var x = generator.nextMatrix(rows: 5, columns: heads * headDimension)
        let angles = values(5 * headDimension / 2, &generator).map { 3 * $0 }
        let (cosines, sines) = (
            angles.map { Foundation.cos($0) }, angles.map { Foundation.sin($0) }
        )
        let naive = Reference.rotary(
            x,
            heads: heads,
            headDimension: headDimension,
            cosines: cosines.span,
            sines: sines.span
        )
        applyRotary(
            &x,
            heads: heads,
            headDimension: headDimension,
            cosines: cosines.span,
            sines: sines.span
        )
        let difference = greatestDifference(x, naive)
        #expect(difference <= 2 * unit)
    }

    @Test(arguments: awkwardLengths) func `have a softmax whose rows sum to 1`(valid: Int) {
        var generator = SplitMix64(seed: 63)
        let scores = values(valid, &generator).map { 30 * $0 }
        var row = scores + [Float](repeating: .nan, count: 5)
        var span = row.mutableSpan
        softmax(&span, valid: valid)
        let weights = row.prefix(valid).map(Double.init)
        #expect(abs(weights.reduce(0, +) - 1) <= Double(valid + 4) * unit)
        #expect(row.suffix(5).allSatisfy { $0 == 0 })
        // A difference of scores is exact to a unit of 60; that is its share in the exponential.
        #expect(
            greatestDifference(weights, Reference.softmax(scores.map(Double.init))) <= 64 * unit
        )
    }

    @Test(arguments: [1, 2, 127, 128, 129, 300], [(1, 1), (4, 2), (6, 1)])
    func `attend to the past only, heads sharing keys`(length: Int, heads: (Int, Int)) {
        var generator = SplitMix64(seed: 64)
        let q = generator.nextMatrix(rows: length, columns: heads.0 * 8)
        let k = generator.nextMatrix(rows: length, columns: heads.1 * 8)
        let v = generator.nextMatrix(rows: length, columns: heads.1 * 8)
        let naive = Reference.causalAttention(
            queries: q,
            keys: k,
            values: v,
            heads: heads.0,
            keyValueHeads: heads.1,
            headDimension: 8,
            scale: 2
        )
        var out = Matrix(rows: length, columns: heads.0 * 8)
        causalAttention(
            queries: q,
            keys: k,
            values: v,
            heads: heads.0,
            keyValueHeads: heads.1,
            headDimension: 8,
            sequenceLength: length,
            scale: 2,
            into: &out
        )
        let difference = greatestDifference(out, naive)
        // Scores below 16 err by 16 units at most, and so do the weights, relatively.
        #expect(difference <= 1e-5)
    }

    @Test func `attend within their own sequence`() {
        var generator = SplitMix64(seed: 66)
        let q = generator.nextMatrix(rows: 390, columns: 32)
        let k = generator.nextMatrix(rows: 390, columns: 16)
        let v = generator.nextMatrix(rows: 390, columns: 16)
        func attention(_ rows: Range<Int>, length: Int) -> Matrix {
            var out = Matrix(rows: rows.count, columns: 32)
            causalAttention(
                queries: q.copy(rows: rows), keys: k.copy(rows: rows), values: v.copy(rows: rows),
                heads: 4, keyValueHeads: 2, headDimension: 8, sequenceLength: length, scale: 1,
                into: &out)
            return out
        }
        let together = attention(0..<390, length: 130)
        for start in [0, 130, 260] {
            let alone = attention(start..<start + 130, length: 130)
            #expect(greatestDifference(together.copy(rows: start..<start + 130), alone) == 0)
        }
    }

    @Test(arguments: awkwardLengths + [4096]) func `measure likelihoods`(vocabulary: Int) {
        var generator = SplitMix64(seed: 65)
        var logits = generator.nextMatrix(rows: 4, columns: vocabulary)
        for c in 0..<vocabulary { logits[1, c] = 40 * logits[1, c] + 1000 }
        let targets = [0, vocabulary - 1, vocabulary / 2, 0].map(Int32.init)
        let naive = Reference.negativeLogLikelihoods(logits: logits, targets: targets.span)
        let fast = negativeLogLikelihoods(logits: logits, targets: targets.span)
        // Differences from the greatest logit, near 1,000 at most, are exact to half their unit.
        #expect(greatestDifference(fast, naive) <= 64 * unit)
    }
}
