import Domain

/// Plays seeds, and tells the story of one that goes wrong.
struct SeedRunner {
    /// What a seed gave.
    struct Outcome {
        let seed: UInt64
        let wrong: [String]
        let steps: Int
        let reruns: Int
        let time: Int64
        let hash: UInt64

        var isSound: Bool { wrong.isEmpty }
    }

    /// Each of so many seeds is played twice, to see that nothing but the seed decides.
    static let repeatedSeed: UInt64 = 10

    let isNormal: Bool

    init(isNormal: Bool = false) {
        self.isNormal = isNormal
    }

    /// Plays one seed; some twice.
    func play(_ seed: UInt64) -> Outcome {
        let first = outcome(of: seed)
        guard seed % Self.repeatedSeed == 0, first.isSound else { return first }
        let second = outcome(of: seed)
        guard first.hash != second.hash else { return first }
        return Outcome(
            seed: seed,
            wrong: [
                "determinism: the second run of the seed went another way "
                    + "(\(first.steps) and \(second.steps) steps)"
            ], steps: first.steps, reruns: first.reruns, time: first.time, hash: first.hash)
    }

    private func outcome(of seed: UInt64) -> Outcome {
        let simulation = Simulation(seed: seed, isNormal: isNormal)
        simulation.run()
        return Outcome(
            seed: seed, wrong: simulation.checker.wrong, steps: simulation.steps,
            reruns: simulation.checker.reruns, time: simulation.time, hash: simulation.hash)
    }

    /// Plays a seed again and tells what happened to the task that the first complaint names,
    /// and the last events.
    func story(of seed: UInt64, lines: Int = 60) -> String {
        let simulation = Simulation(seed: seed, isNormal: isNormal, tells: true)
        simulation.run()
        let all = simulation.story ?? []
        let complaint = simulation.checker.wrong.first ?? "nothing is wrong"
        let tasks = simulation.workloads.flatMap { workload in
            workload.tasks.map { "\(workload.job):\($0.name)" }
        }
        // The longest name that the complaint holds: l1/10 is not l1/1.
        let task = tasks.filter(complaint.contains).max { $0.count < $1.count }
        var text = "seed \(seed): \(complaint)\nplan: \(simulation.plan)\n"
        for other in simulation.checker.wrong.dropFirst().prefix(3) { text += "also: \(other)\n" }
        if let task {
            text += "the story of \(task):\n"
            text += all.filter { $0.contains("\(task)#") || $0.contains("\(task):") }
                .suffix(lines).joined(separator: "\n")
        }
        return text + "\nthe last events:\n" + all.suffix(lines).joined(separator: "\n")
    }
}
