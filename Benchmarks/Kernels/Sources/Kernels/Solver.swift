import Linalg
import Methods

/// The factor of a Gram and the GPTQ sweep of a square layer: four bits, groups of 128, as
/// Benchmarks/peers/solver times PyTorch's.
enum Solver {
    /// Times each pair of a size and a number of threads, on `outputs` rows of weights, or as many
    /// as columns.
    static func measure(
        _ pairs: [(Int, Int)], outputs: Int?, repeats: Int
    ) throws -> SolverReport {
        _ = try time(256, outputs: 256)
        var results: [SolverReport.Line] = []
        for (size, threads) in pairs {
            tell("solver, \(size) × \(size), threads: \(threads)")
            Crew.setThreads(threads)
            let times = try (0..<repeats).map { _ in
                try time(size, outputs: outputs ?? size)
            }
            results.append(
                SolverReport.Line(
                    size: size, threads: threads,
                    factorSeconds: times.map(\.factor).min() ?? 0,
                    sweepSeconds: times.map(\.sweep).min() ?? 0,
                    seconds: times.map { $0.factor + $0.sweep }.min() ?? 0))
        }
        Crew.setThreads(1)
        return SolverReport(machine: .present(), results: results)
    }

    private static func time(
        _ size: Int, outputs: Int
    ) throws -> (factor: Double, sweep: Double) {
        // The largest of models (28,672) would need four times the memory with as many samples.
        let gram = randomGram(size, samples: size > 8_192 ? size / 8 : size, seed: 17)
        var random = SplitMix64(seed: 18)
        let weight = random.nextMatrix(rows: outputs, columns: size)
        let start = ContinuousClock.now
        let factor: InverseFactor? = try makeFactor(
            gram: gram, dampingFraction: 0.01, actOrder: false, layer: "bench")
        let factored = (ContinuousClock.now - start) / .seconds(1)
        let sweep = try timeCompress(weight, method: .gptq(QuantizationOptions()), factor: factor)
        return (factored, sweep)
    }
}
