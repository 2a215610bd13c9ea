import Testing

/// Every seed plays the life of a cluster: lost, repeated, late and overtaking messages, crashes
/// of workers (with and without their folders) and of the coordinator. After every event the
/// scheduler's invariants are checked.
@Suite struct `A simulated cluster` {
    private static let seedsAtOnce: UInt64 = 21

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `finishes every job with the expected results whatever happens`(block: UInt64) {
        var reruns = 0
        for seed in (block * Self.seedsAtOnce)..<((block + 1) * Self.seedsAtOnce) {
            var simulation = Simulation(seed: seed &* 0x1234_5678_9ABC + seed)
            simulation.run()
            let first = simulation.wrong.first?.prefix(300) ?? ""
            #expect(simulation.wrong.isEmpty, "seed \(seed): \(first)")
            reruns += simulation.reruns
        }
        #expect(reruns > 0, "no seed of the block had to compute lost bytes again")
    }

    @Test func `lives the same life again from the same seed`() {
        var first = Simulation(seed: 77)
        var second = Simulation(seed: 77)
        first.run()
        second.run()
        #expect(first.time == second.time)
        #expect(first.events == second.events)
        #expect(first.ledger.attempts == second.ledger.attempts)
    }
}
