import Linalg

/// The inverse factor of a Gram.
enum FactorCases {
    static var all: [KernelCase] { [textbook(576)] + [576, 1536, 2048, 4096].map(published) }

    private static func published(_ d: Int) -> KernelCase {
        kernel(d, twin: "Reference, by way of the inverse in LAPACK", timeTwin: timeByInverse)
    }

    private static func textbook(_ d: Int) -> KernelCase {
        kernel(d, twin: "Reference, textbook", suffix: " (textbook)") { gram in
            stopwatch { keep(Reference.inverseFactor(of: gram)) }
        }
    }

    private static func kernel(
        _ d: Int, twin: String, suffix: String = "",
        timeTwin: @escaping (consuming Matrix) throws -> Double
    ) -> KernelCase {
        let order = Double(d)
        return KernelCase(
            name: "inverseFactor", shape: "\(d)\(suffix)", flops: 2 / 3 * order * order * order,
            bytes: 8 * order * order, twin: twin, isQuick: d == 576
        ) {
            let gram = damped(randomGram(d, seed: 3))
            return KernelPair(
                fast: { try timeFactor(gram.copy()) }, twin: { try timeTwin(gram.copy()) })
        }
    }

    private static func timeByInverse(_ gram: consuming Matrix) throws -> Double {
        let start = ContinuousClock.now
        keep(try Reference.inverseFactorByInverse(of: gram))
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func timeFactor(_ gram: consuming Matrix) throws -> Double {
        let start = ContinuousClock.now
        keep(try inverseFactor(of: gram))
        return (ContinuousClock.now - start) / .seconds(1)
    }
}

/// The Gram of d random rows of d elements, not damped.
func randomGram(_ d: Int, samples: Int? = nil, seed: UInt64) -> Matrix {
    var random = SplitMix64(seed: seed)
    var sum = GramAccumulator(dimension: d)
    sum.add(rows: random.nextMatrix(rows: samples ?? d, columns: d))
    return symmetricMatrix(dimension: d, packedTriangle: sum.packedTriangle().span)
}

/// The same matrix with a hundredth of the mean diagonal added to the diagonal.
func damped(_ gram: consuming Matrix) -> Matrix {
    let d = gram.rows
    var mean = 0.0
    for i in 0..<d { mean += Double(gram[i, i]) / Double(d) }
    for i in 0..<d { gram[i, i] += Float(mean / 100) }
    return gram
}
