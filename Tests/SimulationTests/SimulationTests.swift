import Foundation
import Testing

/// Which seeds are played: `scripts/simulate` sets the variables; without them the first 1,000.
enum Seeds {
    private static func number(_ name: String, _ usual: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? usual
    }

    static let from = number("SPOKESHAVE_SEEDS_FROM", 0)
    static let count = number("SPOKESHAVE_SEEDS", 1_000)
    /// Tests that run at the same time share the processors, so that the blocks are small.
    static let blocks: UInt64 = 16

    /// The seeds of a block: every sixteenth.
    static func block(_ number: UInt64) -> StrideTo<UInt64> {
        stride(from: from + number, to: from + count, by: Int(blocks))
    }
}

/// Every seed plays the life of a cluster with faults of its own choice.
///
/// The network loses, repeats, delays and cuts; machines die, freeze, lose power, are cloned or
/// full; disks flip bits; the coordinator dies and comes back; people drain and cancel. What must
/// always hold is checked at every event, and that every job ends once the faults have ended.
@Suite struct `A simulated cluster` {
    @Test(arguments: 0..<Seeds.blocks)
    func `keeps its promises whatever happens`(block: UInt64) {
        let runner = SeedRunner()
        for seed in Seeds.block(block) {
            let outcome = runner.play(seed)
            guard !outcome.isSound else { continue }
            Issue.record(Comment(rawValue: runner.story(of: seed)))
            return
        }
    }

    @Test func `recomputes lost bytes in some seeds, and nothing in calm ones`() {
        let outcomes = (0..<60 as Range<UInt64>).map(SeedRunner().play)
        #expect(outcomes.contains { $0.reruns > 0 })
        let calm = Simulation(seed: 5, plan: .calm)
        calm.run()
        #expect(calm.checker.wrong == [])
        #expect(calm.checker.attempts > 0)
    }

    @Test func `lives the same life again from the same seed`() {
        for seed in 7..<15 as Range<UInt64> {
            let first = Simulation(seed: seed)
            let second = Simulation(seed: seed)
            first.run()
            second.run()
            #expect(first.steps == second.steps)
            #expect(first.hash == second.hash)
        }
        #expect(SeedRunner().play(7).hash != SeedRunner().play(8).hash)
    }

    @Test func `tells the story of the task that a complaint names`() {
        let simulation = Simulation(seed: 3, tells: true)
        simulation.run()
        #expect(simulation.story?.contains { $0.contains("grant job0:") } == true)
        #expect(SeedRunner().story(of: 3).contains("the last events:"))
    }

    /// With `synchronous = NORMAL` a power cut takes acknowledged transactions away.
    @Test func `catches a ledger that forgets what it acknowledged`() {
        let runner = SeedRunner(isNormal: true)
        let caught = (0..<200 as Range<UInt64>).first { !runner.play($0).isSound }
        #expect(caught != nil)
    }
}
