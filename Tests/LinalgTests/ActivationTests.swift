import Foundation
import Linalg
import Testing

@Suite struct `Activations` {
    /// -60...60 with many small ones, zeros and numbers that overflow the inner exponential.
    private let inputs: [Float] = {
        var generator = SplitMix64(seed: 81)
        let random = values(4_096, &generator).enumerated().map { index, x in
            x * [0.01, 1, 4, 60][index % 4]
        }
        return random + [0, -0.0, 1e-30, -1e-30, 1e9, -1e9]
    }()

    private func applied(_ activation: (inout Matrix) -> Void) -> [Float] {
        var x = Matrix(rows: 1, columns: inputs.count, copying: inputs.span)
        activation(&x)
        return (0..<inputs.count).map { x[0, $0] }
    }

    @Test func `set what is negative to zero`() {
        let out = applied { rectify(&$0) }
        #expect(out == inputs.map { max($0, 0) })
        var nan = Matrix(rows: 1, columns: 1)
        nan[0, 0] = .nan
        rectify(&nan)
        let isNaN = nan[0, 0].isNaN
        #expect(isNaN)
    }

    @Test func `follow silu`() {
        for (x, y) in zip(inputs, applied { silu(&$0) }) {
            let expected = Double(x) / (1 + exp(-Double(x)))
            #expect(abs(Double(y) - expected) <= max(1e-6 * abs(expected), 1e-30))
        }
    }

    @Test func `follow the tanh form of gelu`() {
        for (x, y) in zip(inputs, applied { geluTanh(&$0) }) {
            let expected = Reference.geluTanh(Double(x))
            #expect(abs(Double(y) - expected) <= max(1e-6 * abs(expected), 1e-6))
        }
    }

    @Test func `follow gelu by the error function`() {
        for (x, y) in zip(inputs, applied { gelu(&$0) }) {
            // The formula errs by 1.5e-7 / 2, its Float32 evaluation by a unit of 1 or two.
            #expect(abs(Double(y) - Reference.gelu(Double(x))) <= 3e-7 * Double(abs(x)))
        }
    }

    @Test(arguments: [1, 30, 50] as [Float]) func `stay below a soft cap`(cap: Float) {
        for (x, y) in zip(inputs, applied { softCap(&$0, at: cap) }) {
            let expected = Double(cap) * tanh(Double(x) / Double(cap))
            #expect(abs(Double(y) - expected) <= 3e-7 * Double(cap))
        }
    }

    @Test func `multiply element by element`() {
        var x = Matrix(rows: 1, columns: inputs.count, copying: inputs.span)
        let y = x.copy()
        multiplyElements(of: &x, by: y)
        for (c, input) in inputs.enumerated() {
            let product = x[0, c]
            #expect(product == input * input)
        }
    }
}
