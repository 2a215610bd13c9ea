import Linalg
import Testing

@Suite struct `Products` {
    // |a|, |b| < 1: each of `length` products and additions errs by at most half a unit of a sum
    // that stays below `length`; in practice far less, so `length` units bound it.
    @Test(arguments: awkwardLengths, [false, true])
    func `agree with the naive twin, transposed or not`(length: Int, transposed: Bool) {
        var generator = SplitMix64(seed: 21)
        let a =
            transposed
            ? generator.nextMatrix(rows: length, columns: 5)
            : generator.nextMatrix(rows: 5, columns: length)
        let b = generator.nextMatrix(rows: length, columns: 9)
        let bTransposed = b.transposed()
        let naive = Reference.product(a, b, transposingA: transposed)
        var fast = Matrix(rows: 5, columns: 9)
        for index in fast.mutableElements.indices { fast[index / 9, index % 9] = .nan }
        multiply(a, b, transposingA: transposed, into: &fast)
        let first = greatestDifference(fast, naive)
        multiply(a, bTransposed, transposingA: transposed, transposingB: true, into: &fast)
        let second = greatestDifference(fast, naive)
        #expect(first <= Double(length) * unit)
        #expect(second <= Double(length) * unit)
    }

    @Test func `scale and accumulate with alpha and beta`() {
        var generator = SplitMix64(seed: 22)
        let a = generator.nextMatrix(rows: 4, columns: 6)
        let b = generator.nextMatrix(rows: 6, columns: 3)
        var c = generator.nextMatrix(rows: 4, columns: 3)
        var expected = Reference.product(a, b)
        for r in 0..<4 {
            for column in 0..<3 {
                expected[r, column] = 2 * expected[r, column] - 0.5 * c[r, column]
            }
        }
        multiply(a, b, alpha: 2, beta: -0.5, into: &c)
        let difference = greatestDifference(c, expected)
        #expect(difference <= 8 * unit)
    }

    @Test func `without an inner dimension are zero`() {
        var c = Matrix(rows: 1, columns: 1)
        c[0, 0] = 5
        multiply(Matrix(rows: 1, columns: 0), Matrix(rows: 0, columns: 1), into: &c)
        let value = c[0, 0]
        #expect(value == 0)
    }

    @Test(arguments: awkwardLengths) func `apply a linear layer`(inputs: Int) {
        var generator = SplitMix64(seed: 23)
        let x = generator.nextMatrix(rows: 7, columns: inputs)
        let weight = generator.nextMatrix(rows: 10, columns: inputs)
        let bias = values(10, &generator)
        var expected = Reference.product(x, weight, transposingB: true)
        var out = Matrix(rows: 7, columns: 10)
        applyLinear(x, weight: weight, into: &out)
        let plain = greatestDifference(out, expected)
        for t in 0..<7 { for r in 0..<10 { expected[t, r] += bias[r] } }
        applyLinear(x, weight: weight, bias: bias.span, into: &out)
        let biased = greatestDifference(out, expected)
        #expect(plain <= Double(inputs) * unit)
        #expect(biased <= Double(inputs + 2) * unit)
    }

    @Test(arguments: [(1, 1), (5, 33), (64, 16), (65, 40), (130, 7)])
    func `give the trace of a quadratic form`(rows: Int, inputs: Int) {
        var generator = SplitMix64(seed: 24)
        let d = generator.nextMatrix(rows: rows, columns: inputs)
        let h = positiveDefinite(inputs, seed: 25)
        let naive = Reference.traceOfQuadraticForm(d, h)
        let fast = traceOfQuadraticForm(d, h)
        // All terms of a positive form add up, so relative errors of the products carry over.
        #expect(abs(fast - naive) <= Double(inputs + 1) * unit * naive)
    }

    @Test func `name the processor type they were made for`() {
        #expect(coreName().contains("OpenBLAS"))
    }
}
