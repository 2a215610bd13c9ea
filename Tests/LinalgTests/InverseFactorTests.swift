import Testing

@testable import Linalg

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

    // 128 is the panel, so these lie around one, two and three of them.
    @Test(arguments: [127, 128, 129, 255, 256, 257, 300, 400])
    func `agrees with the Float64 twin around whole tiles`(d: Int) throws {
        let h = positiveDefinite(d, seed: 35)
        let twin = Reference.inverseFactor(of: h)
        let naive = try #require(twin)
        let fast = try elements(ofFactorOf: h)
        #expect(greatestDifference(fast, naive) <= 10 * Double(d + 8) * unit)
    }

    @Test(arguments: [1, 3, 4, 5, 8, 9, 31, 40], [(4, 4, 4), (4, 6, 10), (3, 1, 2), (64, 5, 7)])
    func `does not depend on how it is tiled`(d: Int, sizes: (Int, Int, Int)) throws {
        let h = positiveDefinite(d, seed: 36)
        let twin = Reference.inverseFactor(of: h)
        let naive = try #require(twin)
        let tiling = TriangleInversion.Tiling(panel: sizes.0, rows: sizes.1, columns: sizes.2)
        let fast = list(try inverseFactor(of: h.copy(), tiling: tiling))
        #expect(greatestDifference(fast, naive) <= 10 * Double(d + 8) * unit)
    }

    @Test(arguments: [129, 577, 1100])
    func `has the same bits with any number of threads`(d: Int) throws {
        let h = positiveDefinite(d, seed: 37)
        let alone = try elements(ofFactorOf: h)
        Crew.setThreads(3)
        defer { Crew.setThreads(1) }
        let together = try elements(ofFactorOf: h)
        #expect(alone == together)
    }

    @Test(arguments: [128, 129, 200, 256, 257, 300])
    func `counts the minors through all tiles`(minor: Int) {
        #expect(throws: LinalgError.notPositiveDefinite(minor: minor)) {
            var h = positiveDefinite(300, seed: 38)
            h[300 - minor, 300 - minor] = -1
            _ = try inverseFactor(of: h.copy())
        }
    }

    /// Neighbours are alike and columns differ in size by a factor of a thousand: condition 1e6
    /// after scaling, as near as a damped Gram matrix gets to what Float32 can factor.
    private func ill(_ d: Int) -> Matrix {
        var h = Matrix(rows: d, columns: d)
        for i in 0..<d {
            for j in 0..<d {
                let alike = Double(max(0, d - abs(i - j))) / Double(d)
                let sizes = (i % 7 == 0 ? 30.0 : 1) * (j % 7 == 0 ? 30.0 : 1)
                h[i, j] = Float(alike * sizes + (i == j ? 1e-4 : 0))
            }
        }
        return h
    }

    // The products with inverted tiles must not lose what LAPACK's solutions keep.
    @Test(arguments: [100, 128, 260])
    func `is as near to the twin as LAPACK's when the matrix is ill conditioned`(d: Int) throws {
        let h = ill(d)
        let twin = Reference.inverseFactor(of: h)
        let naive = try #require(twin)
        let fast = try elements(ofFactorOf: h)
        let lapack = list(try Reference.inverseFactorByInverse(of: h.copy()))
        let (ours, theirs) = (
            greatestDifference(fast, naive), greatestDifference(lapack, naive)
        )
        #expect(ours <= 2 * theirs + 10 * Double(d) * unit)
    }
}
