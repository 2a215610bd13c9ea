import Linalg
import Testing

@testable import Methods

@Suite struct `Inverse factor of a layer` {
    @Test func `agrees with the golden matrix`() throws {
        let made = try makeFactor(
            gram: GoldenData.gram, dampingFraction: 0.01, actOrder: false, layer: "GV")
        let upper: [[Float]] = [
            [3.712721, 2.603215, -0.065006, 0.933576, 1.087214, 1.667498, 2.089989, -1.399355],
            [1.515124, 0.744004, 0.728254, 1.065183, 0.865074, 0.958340, 0.489803],
            [0.975842, 0.243121, 0.585157, 0.315345, 0.014801, 0.425314],
            [0.965683, 0.156822, 0.838137, 0.321032, 0.213167],
            [2.534656, -0.307205, 0.336645, 0.726379],
            [1.223990, 0.175746, -0.164605],
            [1.199398, -0.544316],
            [1.167197],
        ]
        for (i, row) in upper.enumerated() {
            for (k, golden) in row.enumerated() {
                let found = made.factor[i, i + k]
                // Six decimals are printed; Float32 at a condition near 100 adds about 1e-5.
                #expect(abs(found - golden) < 2e-5)
            }
            for k in 0..<i {
                let below = made.factor[i, k]
                #expect(below == 0)
            }
        }
        let permutation = made.permutation
        #expect(permutation == nil)
    }

    @Test func `inverts the damped Gram matrix`() throws {
        let layer = RandomLayer(outputs: 1, inputs: 24, seed: 3)
        let factor = try layer.factor()
        let h = layer.dampedGram(factor)
        let u = factor.factor.values.map(Double.init)
        for i in 0..<24 {
            for j in 0..<24 {
                var sum = 0.0
                for k in 0..<24 {
                    for m in 0..<24 { sum += u[m * 24 + i] * u[m * 24 + k] * h[k * 24 + j] }
                }
                // Float32 loses a digit for each power of ten of the condition, here about 1e3.
                #expect(abs(sum - (i == j ? 1 : 0)) < 1e-3)
            }
        }
    }

    @Test func `sorts columns by falling diagonal`() throws {
        let made = try makeFactor(
            gram: GoldenData.gram, dampingFraction: 0.01, actOrder: true, layer: "GV")
        let permutation = made.permutation
        #expect(permutation == [3, 2, 1, 6, 7, 5, 0, 4])
    }

    @Test func `breaks ties of the diagonal by column`() throws {
        let made = try makeFactor(
            gram: matrix([1, 0, 0, 0, 2, 0, 0, 0, 1], rows: 3), dampingFraction: 0.01,
            actOrder: true, layer: "ties")
        let permutation = made.permutation
        #expect(permutation == [1, 0, 2])
    }

    @Test func `gives dead columns a diagonal of one before damping`() throws {
        let made = try makeFactor(
            gram: matrix([3, 0, 0, 0], rows: 2), dampingFraction: 0.5, actOrder: false,
            layer: "dead")
        let (dead, damping, last) = (made.dead, made.damping, made.factor[1, 1])
        #expect(dead == [1])
        #expect(damping == 1)
        #expect(abs(last - 1 / Float(2).squareRoot()) < 1e-6)
    }

    @Test func `raises the damping of a singular matrix and records it`() throws {
        let made = try makeFactor(
            gram: matrix([1, 1, 1, 1], rows: 2), dampingFraction: 0, actOrder: false,
            layer: "singular")
        let (fraction, damping) = (made.dampingFraction, made.damping)
        #expect(fraction == 0.01)
        #expect(damping == 0.01)
    }

    @Test func `refuses an indefinite matrix and names every damping`() {
        let error = #expect(throws: MethodError.self) {
            _ = try makeFactor(
                gram: matrix([1, 5, 5, 1], rows: 2), dampingFraction: 0.05, actOrder: false,
                layer: "blocks.3.down")
        }
        guard case .cannotFactor(let layer, let dimension, _, let dampings) = error else {
            Issue.record("wrong error: \(String(describing: error))")
            return
        }
        #expect(layer == "blocks.3.down")
        #expect(dimension == 2)
        #expect(dampings.count == 6)
        #expect(abs((dampings.last ?? 0) - 0.1) < 1e-12)
    }

    @Test(arguments: [Float.nan, .infinity, -1])
    func `refuses a diagonal that is no sum of squares`(_ value: Float) {
        #expect(throws: MethodError.statisticsNotFinite(layer: "l", input: "the Gram matrix")) {
            _ = try makeFactor(
                gram: matrix([1, 0, 0, value], rows: 2), dampingFraction: 0.01, actOrder: false,
                layer: "l")
        }
    }

    @Test func `refuses a layer whose inputs are all zero`() {
        #expect(throws: MethodError.allColumnsDead(layer: "l", dimension: 2)) {
            _ = try makeFactor(
                gram: Matrix(rows: 2, columns: 2), dampingFraction: 0.01, actOrder: false,
                layer: "l")
        }
    }
}
