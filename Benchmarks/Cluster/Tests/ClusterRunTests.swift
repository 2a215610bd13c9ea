import Domain
import Testing

@testable import ClusterSimulator

@Suite struct `A simulated run` {
    private func play(
        _ plan: Plan, _ cluster: Cluster, _ rates: Rates = Small.rates
    ) throws -> RunOutcome {
        try ClusterRun(plan, cluster, rates).play()
    }

    @Test(arguments: Small.modes)
    func `takes on one machine as long as its work`(_ mode: String) throws {
        let plan = try Small.plan(mode)
        let work = plan.tasks.reduce(0) { $0 + Small.rates.seconds(of: $1) }
        var cluster = Cluster()
        cluster.isLocal = true
        let local = try play(plan, cluster)
        #expect(abs(local.makespan / work - 1) < 0.01)
        #expect(local.moved == 0)
        // A fast network costs little more: a request and an answer for each blob.
        cluster.isLocal = false
        cluster.gigabits = 1_000
        #expect(try play(plan, cluster).makespan / work < 1.05)
    }

    @Test func `is the same for the same seed`() throws {
        let plan = try Small.plan("sequential")
        var cluster = Cluster(machines: 5, slots: 2, gigabits: 0.05, jitter: 0.3, seed: 7)
        cluster.failures = [.init(machine: 2, seconds: 3)]
        let first = try play(plan, cluster)
        let second = try play(plan, cluster)
        #expect(first.makespan == second.makespan)
        #expect(first.machines.map(\.received) == second.machines.map(\.received))
        cluster.seed = 8
        #expect(try play(plan, cluster).makespan != first.makespan)
    }

    @Test(arguments: Small.modes, [1, 2, 3, 8, 40])
    func `is never faster than its lower bounds`(_ mode: String, machines: Int) throws {
        let plan = try Small.plan(mode)
        for gigabits in [0.01, 1, 25] {
            for (slots, speeds) in [(1, [1.0]), (3, [1, 0.5, 2])] {
                var cluster = Cluster(machines: machines, slots: slots, speeds: speeds)
                cluster.gigabits = gigabits
                for swarms in [false, true] {
                    (cluster.swarms, cluster.prefetches) = (swarms, swarms)
                    let bound = LowerBound(plan, Small.rates, cluster)
                    let outcome = try play(plan, cluster)
                    let barriers = try #require(bound.barriers)
                    #expect(barriers >= bound.seconds)
                    #expect(outcome.makespan >= barriers * 0.999_999)
                    #expect(outcome.tasks == plan.tasks.count)
                    #expect((0...1.000_001).contains(outcome.utilisation))
                }
            }
        }
    }

    @Test(arguments: Small.modes, 0..<6)
    func `outlives machines and does their work again`(_ mode: String, seed: UInt64) throws {
        let plan = try Small.plan(mode)
        var cluster = Cluster(machines: 6, gigabits: 0.2, jitter: 0.2, seed: seed)
        let whole = try play(plan, cluster)
        cluster.failures = (0..<4).map { machine in
            let moment = whole.makespan * Draw.fraction(seed, "death of \(machine)")
            return .init(machine: machine, seconds: moment)
        }
        let broken = try play(plan, cluster)
        #expect(broken.tasks == plan.tasks.count)
        #expect(broken.makespan > whole.makespan)
        #expect(!broken.otherEnds.isEmpty)
    }

    @Test func `tells what its makespan consists of`() throws {
        let plan = try Small.plan("sequential")
        let outcome = try play(plan, Cluster(machines: 4, gigabits: 0.1))
        let chain = outcome.chain.values.reduce(0) { $0 + $1.seconds }
        #expect(abs(chain / outcome.makespan - 1) < 0.01)
        let fetched = outcome.fetched.values.reduce(0, +)
        #expect(fetched + outcome.coordinatorReceived == outcome.moved)
    }

    @Test func `needs no more machines than there is memory for`() throws {
        let plan = try Small.plan("dense")
        var cluster = Cluster(machines: 2)
        cluster.memoryGiB = 0.01
        #expect(throws: SimulatorError.self) { try play(plan, cluster) }
    }
}
