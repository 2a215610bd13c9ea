import Linalg

/// Linear layers and Grams.
enum ProductCases {
    /// Multiplications that a twin in checked Float64 loops does in a fraction of a second.
    private static let twinProducts = 50_000_000

    static var all: [KernelCase] {
        [(512, 576, 576), (2048, 1536, 576), (2048, 576, 1536), (2048, 4096, 4096)].map(linear)
            + [576, 2048, 4096].map(gram)
    }

    private static func linear(_ samples: Int, _ outputs: Int, _ inputs: Int) -> KernelCase {
        let twinRows = min(samples, max(1, twinProducts / (outputs * inputs)))
        let elements = samples * inputs + outputs * inputs + samples * outputs
        return KernelCase(
            name: "applyLinear", shape: "\(samples) × \(outputs) × \(inputs)",
            flops: 2 * Double(samples) * Double(outputs) * Double(inputs),
            bytes: 4 * Double(elements), twin: "Reference, \(twinRows) rows",
            twinShare: Double(twinRows) / Double(samples), isQuick: samples == 512
        ) {
            var random = SplitMix64(seed: 1)
            let x = random.nextMatrix(rows: samples, columns: inputs)
            let weight = random.nextMatrix(rows: outputs, columns: inputs)
            let few = x.copy(rows: 0..<twinRows)
            var out = Matrix(rows: samples, columns: outputs)
            return KernelPair(
                fast: { stopwatch { applyLinear(x, weight: weight, into: &out) } },
                twin: {
                    stopwatch { keep(Reference.product(few, weight, transposingB: true)) }
                })
        }
    }

    private static func gram(_ d: Int) -> KernelCase {
        let rows = 2048
        let triangle = d * (d + 1) / 2
        let twinRows = min(rows, max(4, twinProducts / 2 / triangle))
        return KernelCase(
            name: "GramAccumulator", shape: "\(rows) × \(d)",
            flops: 2 * Double(rows) * Double(triangle),
            bytes: 4 * Double(rows * d) + 16 * Double(triangle),
            twin: "Reference, \(twinRows) rows", twinShare: Double(twinRows) / Double(rows),
            isQuick: d == 576
        ) {
            var random = SplitMix64(seed: 2)
            let x = random.nextMatrix(rows: rows, columns: d)
            let few = x.copy(rows: 0..<twinRows)
            var sum = GramAccumulator(dimension: d)
            return KernelPair(
                fast: { stopwatch { sum.add(rows: x) } },
                twin: { stopwatch { keep(Reference.packedTriangle(of: few)) } })
        }
    }
}
