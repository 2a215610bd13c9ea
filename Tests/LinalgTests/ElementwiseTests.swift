import Foundation
import Linalg
import Testing

private let lengths = awkwardLengths + [4096]

@Suite struct `Elementwise kernels` {
    @Test(arguments: lengths) func `sum products and squares`(length: Int) {
        var generator = SplitMix64(seed: 51)
        let (a, b) = (values(length, &generator), values(length, &generator))
        let naive = Reference.dotProduct(a.span, b.span)
        // At least four running sums, so at most 1,024 additions each: at random signs they err by
        // sqrt(1,024) / 2, or 16, units in the last place of the greatest sum, near length / 3.
        let tolerance = 16 * Double(Float(length / 2 + 1).ulp)
        #expect(abs(Double(dotProduct(a.span, b.span)) - naive) <= tolerance)
        #expect(abs(preciseDotProduct(a.span, b.span) - naive) <= Double(length) * unit * 1e-8)
        let squares = Reference.dotProduct(a.span, a.span)
        #expect(abs(Double(sumOfSquares(a.span)) - squares) <= tolerance)
    }

    @Test(arguments: lengths) func `find the extremes wherever they stand`(length: Int) {
        var generator = SplitMix64(seed: 52)
        var x = values(length, &generator)
        x[length - 1] = 3
        x[length / 2] = -4
        let found = extremes(of: x.span)
        #expect(found.minimum == x.min())
        #expect(found.maximum == x.max())
    }

    @Test(arguments: lengths) func `add and scale`(length: Int) {
        var generator = SplitMix64(seed: 53)
        let (x, start) = (values(length, &generator), values(length, &generator))
        var y = start
        var span = y.mutableSpan
        addScaled(-0.75, x.span, to: &span)
        scale(&span, by: 2)
        let expected = zip(start, x).map { 2 * (Double($0) - 0.75 * Double($1)) }
        #expect(greatestDifference(y.map(Double.init), expected) <= 4 * unit)

        let addend = Matrix(rows: 1, columns: length, copying: x.span)
        var sum = Matrix(rows: 1, columns: length, copying: start.span)
        add(addend, to: &sum)
        let matches = (0..<length).allSatisfy { sum[0, $0] == start[$0] + x[$0] }
        #expect(matches)
    }

    @Test func `raise e to a relative error of 1e-7 over the whole range`() {
        let count = 300_000
        let inputs = (0...count).map { Float(-87.32 + Double($0) / Double(count) * 175.68) }
        var outputs = inputs
        var span = outputs.mutableSpan
        exponentiate(&span)
        let worst =
            zip(inputs, outputs)
            .map { abs(Double($1) / Foundation.exp(Double($0)) - 1) }.max() ?? .infinity
        #expect(worst < 1e-7)
    }

    @Test func `raise e at the edges`() {
        var x: [Float] = [0, -0.0, -.infinity, -200, -87.4, 89, .infinity, .nan]
        var span = x.mutableSpan
        exponentiate(&span)
        #expect(Array(x.prefix(7)) == [1, 1, 0, 0, 0, .infinity, .infinity])
        #expect(x[7].isNaN)
    }

    @Test(arguments: lengths) func `gate by silu`(length: Int) {
        var generator = SplitMix64(seed: 54)
        var gate = generator.nextMatrix(rows: 2, columns: length)
        for c in 0..<length { gate[0, c] *= 20 }
        gate[1, 0] = -100
        let up = generator.nextMatrix(rows: 2, columns: length)
        let naive = Reference.siluMultiply(gate: gate, up: up)
        siluMultiply(gate: &gate, up: up)
        let difference = greatestDifference(gate, naive)
        // Relative error below 8 units at values below 20.
        #expect(difference <= 20 * 8 * unit)
    }

    @Test(arguments: lengths) func `round to a grid, ties to even`(length: Int) {
        var generator = SplitMix64(seed: 55)
        var weights = values(length, &generator)
        let scales = (0..<length).map { _ in Float(0.01 + 0.05 * abs(generator.nextValue())) }
        let zeros = (0..<length).map { Float($0 % 16) }
        weights[length / 2] = scales[length / 2] * 2.5
        var (codes, rounded) = ([UInt8](repeating: 0, count: length), weights)
        var codeSpan = codes.mutableSpan
        var valueSpan = rounded.mutableSpan
        roundToGrid(
            weights.span,
            scales: scales.span,
            zeros: zeros.span,
            maximumCode: 15,
            codes: &codeSpan,
            values: &valueSpan
        )
        let expected = (0..<length).map { i in
            let steps = (weights[i] / scales[i]).rounded(.toNearestOrEven)
            return min(max(steps + zeros[i], 0), 15)
        }
        #expect(codes.map(Float.init) == expected)
        #expect(rounded == (0..<length).map { scales[$0] * (expected[$0] - zeros[$0]) })
    }

    @Test func `round to one grid and clamp what lies outside`() {
        let weights: [Float] = [0.5, 1.5, 2.5, -0.5, -1.5, 100, -100, 1e38, -1e38, .nan]
        var codes = [UInt8](repeating: 9, count: weights.count)
        var rounded = weights
        var codeSpan = codes.mutableSpan
        var valueSpan = rounded.mutableSpan
        roundToGrid(
            weights.span,
            scale: 1,
            zero: 2,
            maximumCode: 7,
            codes: &codeSpan,
            values: &valueSpan
        )
        #expect(codes == [2, 4, 4, 2, 0, 7, 0, 7, 0, 0])
        #expect(rounded == codes.map { Float($0) - 2 })
    }
}
