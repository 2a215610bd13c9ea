import Linalg
import Methods

/// The factor of a Gram and the GPTQ sweep of a square layer: four bits, groups of 128, as
/// Benchmarks/peers/solver times PyTorch's.
enum Solver {
    /// Times each pair of a size and a number of threads.
    static func measure(_ pairs: [(Int, Int)], repeats: Int) throws -> SolverReport {
        _ = try time(256)
        var results: [SolverReport.Line] = []
        for (size, threads) in pairs {
            tell("solver, \(size) × \(size), threads: \(threads)")
            Crew.setThreads(threads)
            let times = try (0..<repeats).map { _ in try time(size) }
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

    private static func time(_ size: Int) throws -> (factor: Double, sweep: Double) {
        let gram = randomGram(size, seed: 17)
        var random = SplitMix64(seed: 18)
        let weight = random.nextMatrix(rows: size, columns: size)
        let start = ContinuousClock.now
        let factor: InverseFactor? = try makeFactor(
            gram: gram, dampingFraction: 0.01, actOrder: false, layer: "bench")
        let factored = (ContinuousClock.now - start) / .seconds(1)
        let sweep = try timeCompress(weight, method: .gptq(QuantizationOptions()), factor: factor)
        return (factored, sweep)
    }
}
