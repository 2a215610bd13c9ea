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
        let naive = Reference.attention(
            queries: q,
            keys: k,
            values: v,
            heads: heads.0,
            keyValueHeads: heads.1,
            headDimension: 8,
            scale: 2
        )
        var out = Matrix(rows: length, columns: heads.0 * 8)
        attention(
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

    @Test(
        arguments: [1, 2, 127, 128, 129, 300],
        [.window(1), .window(5), .window(129), .window(1000), .whole] as [AttentionReach]
    )
    func `attend within their reach`(length: Int, reach: AttentionReach) {
        var generator = SplitMix64(seed: 67)
        let q = generator.nextMatrix(rows: length, columns: 16)
        let k = generator.nextMatrix(rows: length, columns: 8)
        let v = generator.nextMatrix(rows: length, columns: 8)
        let naive = Reference.attention(
            queries: q, keys: k, values: v, heads: 2, keyValueHeads: 1, headDimension: 8, scale: 2,
            reach: reach)
        var out = Matrix(rows: length, columns: 16)
        attention(
            queries: q, keys: k, values: v, heads: 2, keyValueHeads: 1, headDimension: 8,
            sequenceLength: length, scale: 2, reach: reach, into: &out)
        let difference = greatestDifference(out, naive)
        #expect(difference <= 1e-5)
    }

    @Test func `see the same with a window that hides nothing, to the bit`() {
        var generator = SplitMix64(seed: 68)
        let q = generator.nextMatrix(rows: 300, columns: 16)
        var causal = Matrix(rows: 300, columns: 16)
        var window = Matrix(rows: 300, columns: 16)
        attention(
            queries: q, keys: q, values: q, heads: 2, keyValueHeads: 2, headDimension: 8,
            sequenceLength: 300, scale: 1, into: &causal)
        attention(
            queries: q, keys: q, values: q, heads: 2, keyValueHeads: 2, headDimension: 8,
            sequenceLength: 300, scale: 1, reach: .window(300), into: &window)
        #expect(greatestDifference(causal, window) == 0)
    }

    @Test(arguments: awkwardLengths + [4096]) func `normalise by mean and variance`(columns: Int) {
        var generator = SplitMix64(seed: 69)
        var x = generator.nextMatrix(rows: 3, columns: columns)
        // A mean of 100 and a variance near 1/3: the case that a mean of squares would lose.
        for c in 0..<columns { x[1, c] += 100 }
        let (weight, bias) = (values(columns, &generator), values(columns, &generator))
        let naive = Reference.layerNorm(x, weight: weight.span, bias: bias.span, epsilon: 1e-5)
        let out = layerNormed(x, weight: weight.span, bias: bias.span, epsilon: 1e-5)
        let difference = greatestDifference(out, naive)
        // The mean of 100 errs by a few of its units, at a deviation of about a half; a deviation
        // of 0, at one column, divides that by sqrt(1e-5).
        #expect(difference <= (columns == 1 ? 1e-6 : 4 * 100 * 2 * 4 * unit))
    }

    @Test(arguments: [(1, 2), (3, 8), (9, 64)])
    func `normalise every head by itself`(heads: Int, dimension: Int) {
        var generator = SplitMix64(seed: 70)
        let x = generator.nextMatrix(rows: 4, columns: heads * dimension)
        let weight = values(dimension, &generator)
        let out = rmsNormed(x, weight: weight.span, epsilon: 1e-6)
        for r in 0..<4 {
            for head in 0..<heads {
                var one = Matrix(rows: 1, columns: dimension)
                for c in 0..<dimension { one[0, c] = x[r, head * dimension + c] }
                let naive = Reference.rmsNorm(one, weight: weight.span, epsilon: 1e-6)
                for c in 0..<dimension {
                    let difference = abs(out[r, head * dimension + c] - naive[0, c])
                    #expect(Double(difference) <= 16 * unit * 2)
                }
            }
        }
    }

    @Test func `rotate only the first part of a head when asked to`() {
        var generator = SplitMix64(seed: 71)
        let x = generator.nextMatrix(rows: 5, columns: 3 * 10)
        let angles = values(5 * 3, &generator).map { 3 * $0 }
        let (cosines, sines) = (
            angles.map { Foundation.cos($0) }, angles.map { Foundation.sin($0) }
        )
        var rotated = x.copy()
        applyRotary(
            &rotated, heads: 3, headDimension: 10, rotatedDimension: 6, cosines: cosines.span,
            sines: sines.span)
        for head in 0..<3 {
            var part = Matrix(rows: 5, columns: 6)
            for r in 0..<5 { for c in 0..<6 { part[r, c] = x[r, head * 10 + c] } }
            let naive = Reference.rotary(
                part, heads: 1, headDimension: 6, cosines: cosines.span, sines: sines.span)
            for r in 0..<5 {
                for c in 0..<6 {
                    #expect(Double(abs(rotated[r, head * 10 + c] - naive[r, c])) <= 2 * unit)
                }
                for c in 6..<10 { #expect(rotated[r, head * 10 + c] == x[r, head * 10 + c]) }
            }
        }
    }

    @Test func `attend within their own sequence`() {
        var generator = SplitMix64(seed: 66)
        let q = generator.nextMatrix(rows: 390, columns: 32)
        let k = generator.nextMatrix(rows: 390, columns: 16)
        let v = generator.nextMatrix(rows: 390, columns: 16)
        func attended(_ rows: Range<Int>, length: Int) -> Matrix {
            var out = Matrix(rows: rows.count, columns: 32)
            attention(
                queries: q.copy(rows: rows), keys: k.copy(rows: rows), values: v.copy(rows: rows),
                heads: 4, keyValueHeads: 2, headDimension: 8, sequenceLength: length, scale: 1,
                into: &out)
            return out
        }
        let together = attended(0..<390, length: 130)
        for start in [0, 130, 260] {
            let alone = attended(start..<start + 130, length: 130)
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
