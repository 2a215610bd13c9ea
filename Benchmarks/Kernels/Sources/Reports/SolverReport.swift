import Foundation

/// Seconds of a solver, the shortest of the repeats; also what Benchmarks/peers/solver prints.
struct SolverReport: Codable {
    struct Line: Codable {
        let size: Int
        let threads: Int
        let factorSeconds: Double
        let sweepSeconds: Double
        /// Of both in one repeat.
        let seconds: Double
    }

    /// Where our own were measured.
    let machine: Machine?
    let results: [Line]

    init(machine: Machine?, results: [Line]) {
        self.machine = machine
        self.results = results
    }

    /// Reads what the peers' solver printed; its `machine` is of another form.
    init(contentsOf path: String) throws {
        struct Peers: Codable { let results: [Line] }
        guard let bytes = try? Data(contentsOf: URL(filePath: path)),
            let peers = try? JSONDecoder().decode(Peers.self, from: bytes)
        else { throw BenchError.noPeerTimes(path: path) }
        self.init(machine: nil, results: peers.results)
    }

    /// Our seconds beside those of the peers.
    func table(beside peers: SolverReport) -> Table {
        var table = Table(
            [
                "Layer", "Threads", "Factor, s", "Sweep, s", "Both, s", "PyTorch: factor, s",
                "sweep, s", "both, s", "Times as fast",
            ])
        for (ours, theirs) in zip(results, peers.results) {
            let times = [
                ours.factorSeconds, ours.sweepSeconds, ours.seconds, theirs.factorSeconds,
                theirs.sweepSeconds, theirs.seconds,
            ]
            table.add(
                ["\(ours.size) × \(ours.size)", "\(ours.threads)"] + times.map(figure)
                    + [figure(theirs.seconds / ours.seconds)])
        }
        return table
    }
}
