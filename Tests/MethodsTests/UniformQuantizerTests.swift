import Foundation
import Linalg
import Testing

@testable import Methods

/// The quantiser by its definition, in the same Float32 steps but with the C library's functions.
private func naiveFit(
    _ x: [Float], bits: Int, symmetric: Bool, searching: Bool
) -> (scale: Float, zero: Float) {
    let top = Float((1 << bits) - 1)
    var low = min(x.min() ?? 0, 0)
    var high = max(x.max() ?? 0, 0)
    if symmetric {
        high = max(-low, high)
        low = -high
    }
    if low == 0 && high == 0 { (low, high) = (-1, 1) }
    func grid(_ p: Float) -> (Float, Float) {
        let scale = (p * high - p * low) / top
        let zero = (-(p * low) / scale).rounded(.toNearestOrEven)
        return (scale, symmetric ? (top + 1) / 2 : zero)
    }
    guard searching else { return grid(1) }
    var best = grid(1)
    var smallest = Double.infinity
    for i in 0..<80 {
        let (scale, zero) = grid(1 - Float(i) / 100)
        var loss = 0.0
        for value in x {
            let code = min(max((value / scale).rounded(.toNearestOrEven) + zero, 0), top)
            loss += pow(Double(abs(scale * (code - zero) - value)), 2.4)
        }
        if loss < smallest { (smallest, best) = (loss, (scale, zero)) }
    }
    return best
}

@Suite struct `Uniform quantiser` {
    private func fit(
        _ group: [Float], bits: Int = 4, symmetric: Bool = false,
        grid: QuantizationOptions.Grid = .minMax
    ) -> UniformQuantizer.Parameters {
        var scratch: [Float] = []
        let options = QuantizationOptions(bits: bits, symmetric: symmetric, grid: grid)
        return UniformQuantizer(options).fit(group.span, scratch: &scratch)
    }

    @Test(arguments: [ElementType.bfloat16, .float16], [false, true])
    func `has scales that their stored type holds`(_ type: ElementType, _ symmetric: Bool) {
        var scratch: [Float] = []
        let quantizer = UniformQuantizer(
            QuantizationOptions(
                bits: 4, symmetric: symmetric, scaleType: .init(rawValue: type.rawValue)))
        let exact = UniformQuantizer(QuantizationOptions(bits: 4, symmetric: symmetric))
        var generator = SplitMix64(seed: 7)
        for _ in 0..<200 {
            let group = (0..<32).map { _ in Float.random(in: -1...1, using: &generator) }
            let found = quantizer.fit(group.span, scratch: &scratch)
            let wanted = exact.fit(group.span, scratch: &scratch)
            let stored = encodedNumbers([found.scale], as: type)
            #expect(decodedNumbers(stored, as: type) == [found.scale])
            #expect(abs(found.scale / wanted.scale - 1) < (type == .float16 ? 0.0005 : 0.004))
            #expect((0...15).contains(found.zero) && found.zero == found.zero.rounded())
        }
        // Steps that halves round to nothing, and one that they round down by half.
        for size in [1e-9, 5e-8, 1e-7, 1.3e-6] as [Float] {
            let group = [-size, -size / 3, 0]
            let found = quantizer.fit(group.span, scratch: &scratch)
            #expect(found.scale > 0 && (0...15).contains(found.zero))
        }
    }

    @Test(arguments: [2, 3, 4, 8], [false, true])
    func `follows its definition`(_ bits: Int, _ symmetric: Bool) {
        var generator = SplitMix64(seed: UInt64(bits))
        for count in [1, 2, 3, 7, 8, 31, 64, 128] {
            let x = (0..<count).map { _ in Float(generator.nextValue()) }
            for searching in [false, true] {
                let found = fit(
                    x, bits: bits, symmetric: symmetric,
                    grid: searching ? .meanSquaredError : .minMax)
                let naive = naiveFit(x, bits: bits, symmetric: symmetric, searching: searching)
                #expect(found.zero == naive.zero)
                #expect(abs(found.scale - naive.scale) <= 1e-6 * naive.scale)
            }
        }
    }

    @Test func `gives an all-zero group the range from -1 to 1`() {
        #expect(fit([0, 0, 0], bits: 3).scale == Float(2) / 7)
        #expect(fit([0, 0, 0], bits: 3, symmetric: true).zero == 4)
    }

    @Test func `takes denormal weights for zeros`() {
        #expect(fit([1e-44, -1e-44]).scale == Float(2) / 15)
    }

    @Test func `keeps zero on the grid of one-signed groups`() {
        #expect(fit([1, 2, 3]).zero == 0)
        #expect(fit([-1, -2, -3]).zero == 15)
    }

    @Test func `symmetrises a group without negative weights`() {
        let parameters = fit([0.5, 1], symmetric: true)
        #expect(parameters == UniformQuantizer.Parameters(scale: 2 / 15, zero: 8))
    }

    @Test(
        arguments: [
            (0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (-7.5, -8), (3.49, 3),
            (1e9, 1_048_576), (.nan, -1_048_576),
        ] as [(Float, Float)])
    func `rounds half to even within bounds`(_ x: Float, _ expected: Float) {
        #expect(roundedHalfToEven(x) == expected)
    }

    @Test func `lets the last group of a row be short`() throws {
        let layer = RandomLayer(outputs: 3, inputs: 10, seed: 9)
        let result = try layer.compressed(
            .roundToNearest(QuantizationOptions(bits: 4, groupSize: 4)))
        #expect(result.scales?.count == 9)
        let weights = layer.weight.values
        for output in 0..<3 {
            let last = Array(weights[output * 10 + 8..<output * 10 + 10])
            let naive = naiveFit(last, bits: 4, symmetric: false, searching: false)
            let found = result.scales?[output * 3 + 2]
            #expect(found == naive.scale)
        }
    }
}
