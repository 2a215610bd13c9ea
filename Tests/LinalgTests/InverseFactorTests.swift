import Linalg
import Testing

/// The golden 8 × 8 problem GV of the handbook: W, A and Z from seed 1733, X = Z · (I + A / 2),
/// H = 2/32 · Xᵀ · X, damped by a hundredth of its mean diagonal.
private func goldenProblem() -> Matrix {
    var generator = SplitMix64(seed: 1733)
    _ = generator.nextMatrix(rows: 3, columns: 8)
    var mix = generator.nextMatrix(rows: 8, columns: 8)
    let z = generator.nextMatrix(rows: 32, columns: 8)
    for i in 0..<8 { for j in 0..<8 { mix[i, j] = 0.5 * mix[i, j] + (i == j ? 1 : 0) } }
    let x = Reference.product(z, mix)
    var h = Reference.product(x, x, transposingA: true)
    var trace: Float = 0
    for i in 0..<8 {
        for j in 0..<8 { h[i, j] *= 2 / 32 }
        trace += h[i, i]
    }
    for i in 0..<8 { h[i, i] += 0.01 * trace / 8 }
    return h
}

private let goldenFactor: [Float] = [
    3.712721, 2.603215, -0.065006, 0.933576, 1.087214, 1.667498, 2.089989, -1.399355,
    0, 1.515124, 0.744004, 0.728254, 1.065183, 0.865074, 0.958340, 0.489803,
    0, 0, 0.975842, 0.243121, 0.585157, 0.315345, 0.014801, 0.425314,
    0, 0, 0, 0.965683, 0.156822, 0.838137, 0.321032, 0.213167,
    0, 0, 0, 0, 2.534656, -0.307205, 0.336645, 0.726379,
    0, 0, 0, 0, 0, 1.223990, 0.175746, -0.164605,
    0, 0, 0, 0, 0, 0, 1.199398, -0.544316,
    0, 0, 0, 0, 0, 0, 0, 1.167197,
]

private func list(_ matrix: borrowing Matrix) -> [Double] {
    let elements = matrix.elements
    return elements.indices.map { Double(elements[$0]) }
}

private func elements(ofFactorOf h: borrowing Matrix) throws -> [Double] {
    let factor = try inverseFactor(of: h.copy())
    return list(factor)
}

@Suite struct `The inverse factor` {
    @Test func `of the golden problem is the golden factor`() throws {
        let h = goldenProblem()
        let corner = h[0, 0]
        let golden = Matrix(rows: 8, columns: 8, copying: goldenFactor.span)
        let factor = try inverseFactor(of: h)
        let difference = greatestDifference(factor, golden)
        // The golden values have six decimals; their condition takes a few units more.
        #expect(difference < 2e-5)
        #expect(abs(corner - 0.548917 - 0.00873) < 1e-4)
    }

    // Condition below 100: errors of d · unit in H grow at most a hundredfold; a tenth is ample.
    @Test(arguments: awkwardLengths) func `agrees with the Float64 twin`(d: Int) throws {
        let h = positiveDefinite(d, seed: 31)
        let twin = Reference.inverseFactor(of: h)
        let naive = try #require(twin)
        let fast = try elements(ofFactorOf: h)
        #expect(greatestDifference(fast, naive) <= 10 * Double(d + 8) * unit)
    }

    @Test(arguments: awkwardLengths)
    func `agrees with the factor of the explicit inverse`(d: Int) throws {
        let h = positiveDefinite(d, seed: 31)
        let fast = try elements(ofFactorOf: h)
        let byInverse = try Reference.inverseFactorByInverse(of: h.copy())
        let difference = greatestDifference(fast, list(byInverse))
        #expect(difference <= 20 * Double(d + 8) * unit)
    }

    @Test(arguments: awkwardLengths) func `times itself times H is the identity`(d: Int) throws {
        let h = positiveDefinite(d, seed: 32)
        let factor = try inverseFactor(of: h.copy())
        var inverse = Matrix(rows: d, columns: d)
        multiply(factor, factor, transposingA: true, into: &inverse)
        var product = Matrix(rows: d, columns: d)
        multiply(inverse, h, into: &product)
        var identity = Matrix(rows: d, columns: d)
        for i in 0..<d { identity[i, i] = 1 }
        let difference = greatestDifference(product, identity)
        #expect(difference <= 10 * Double(d + 8) * unit)
    }

    @Test func `reads the upper triangle only`() throws {
        let h = positiveDefinite(9, seed: 33)
        let whole = try elements(ofFactorOf: h)
        var half = h.copy()
        for r in 0..<9 { for c in 0..<r { half[r, c] = 1e6 } }
        let ofHalf = try elements(ofFactorOf: half)
        #expect(whole == ofHalf)
    }

    @Test func `of an indefinite matrix is refused with the order of the minor`() {
        #expect(throws: LinalgError.notPositiveDefinite(minor: 2)) {
            var h = Matrix(rows: 3, columns: 3)
            for i in 0..<3 { h[i, i] = i == 1 ? -1 : 1 }
            _ = try inverseFactor(of: h.copy())
        }
    }

    @Test func `of a singular matrix is refused`() {
        #expect(throws: LinalgError.notPositiveDefinite(minor: 1)) {
            _ = try inverseFactor(of: Matrix(rows: 2, columns: 2))
        }
    }

    @Test(arguments: [Float.nan, .infinity]) func `of a matrix not finite is refused`(bad: Float) {
        #expect(throws: LinalgError.notFinite) {
            var h = positiveDefinite(5, seed: 34)
            h[1, 3] = bad
            _ = try inverseFactor(of: h.copy())
        }
    }
}
