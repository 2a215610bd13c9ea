import Domain
import Foundation
import Testing

@testable import ClusterSimulator

@Suite struct `The network` {
    @Test func `shares a sender among its receivers`() throws {
        var network = Network(nodes: 4, capacity: 100)
        let first = network.start(from: 0, to: 1, bytes: 1_000, at: 0)
        #expect(first.changed.map(\.time) == [10])
        let second = network.start(from: 0, to: 2, bytes: 1_000, at: 5)
        // Half of the first is left at half the speed.
        #expect(second.changed.map(\.time) == [15, 25])
        let ended = network.end(first.flow, at: 15)
        let end = try #require(ended)
        #expect(end.changed.map(\.time) == [20])
        #expect(network.received == [0, 1_000, 0, 0])
    }

    @Test func `lets both ways go at once`() {
        var network = Network(nodes: 2, capacity: 100)
        _ = network.start(from: 0, to: 1, bytes: 1_000, at: 0)
        let back = network.start(from: 1, to: 0, bytes: 1_000, at: 0)
        #expect(back.changed.map(\.time) == [10])
    }
}

@Suite struct `A plan's sizes` {
    @Test(arguments: Small.modes)
    func `add up to what tasks state`(_ mode: String) throws {
        let plan = try Small.plan(mode)
        for task in plan.tasks {
            let sizes = try #require(plan.outputBytes[task.name])
            #expect(sizes.count == task.outputs.count)
            if !sizes.isEmpty { #expect(sizes.reduce(0, +) == task.cost.outputBytes) }
        }
    }
}

@Suite struct `Lower bounds` {
    @Test func `of stages add up`() {
        // Four tasks, one that waits for them all, and four that wait for it.
        let producers =
            Array(repeating: [Int](), count: 4) + [[0, 1, 2, 3]]
            + Array(repeating: [4], count: 4)
        let graph = WorkGraph(
            producers: producers, durations: Array(repeating: 1, count: 9),
            uploads: Array(repeating: 0, count: 9))
        #expect(graph.longestPath(speed: 1) == 3)
        #expect(graph.longestPathOfShared(speed: 1, capacity: 2) == 5)
        #expect(graph.longestPathOfShared(speed: 1, capacity: 1) == 9)
    }
}

@Suite struct `A calibration` {
    @Test func `finds the line through a kind's groups`() {
        func sample(_ flops: Double, _ seconds: Double) -> Calibration.Sample {
            Calibration.Sample(
                group: "\(flops)", kind: "k", tasks: 3, seconds: seconds, flops: flops)
        }
        let line = Calibration.fit([sample(1e9, 1.5), sample(3e9, 2.5)])
        #expect(abs(line.seconds - 1) < 1e-9)
        #expect(abs(line.flopsPerSecond / 2e9 - 1) < 1e-9)
        let alone = Calibration.fit([sample(1e9, 2)])
        #expect(alone.seconds == 0 && alone.flopsPerSecond == 5e8)
        let still = Calibration.fit([sample(0, 2)])
        #expect(still.seconds == 2 && still.flopsPerSecond == .infinity)
    }

    @Test func `predicts a run on another number of machines from a report`() throws {
        var truth = Small.rates
        truth.overheadSeconds = 0.01
        for (index, kind) in [
            TaskNames.runSegment, TaskNames.compressLayer, TaskNames.reduceGram,
            TaskNames.factorGram, TaskNames.embedTokens, TaskNames.prepareTokens,
            TaskNames.assembleShard,
        ].enumerated() {
            truth.kinds[kind] = Rates.Kind(
                seconds: 0.02 * Double(index + 1), flopsPerSecond: 1e9 / Double(index + 1))
        }
        let plan = try Small.plan("block")
        let (one, two) = (
            Cluster(machines: 1, isLocal: true), Cluster(machines: 2, isLocal: true)
        )
        let outcome = try ClusterRun(plan, one, truth).play()
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("report-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try report(of: plan, truth, elapsed: outcome.makespan).write(to: file)
        let model = try ModelShape(title: "small", configuration: Array(Small.configuration.utf8))
        let rates = try Calibration(file: file.path).rates(
            on: model, sharesModel: true, workers: 1)
        let real = try ClusterRun(plan, two, truth).play().makespan
        let predicted = try ClusterRun(plan, two, rates).play().makespan
        #expect(abs(predicted / real - 1) < 0.02)
    }

    /// What a real run's report would say of a run at the rates.
    private func report(of plan: Plan, _ rates: Rates, elapsed: Double) throws -> Data {
        struct Group: Encodable { var tasks = 0, seconds = 0.0 }
        struct Measured: Encodable {
            let elapsedSeconds: Double, computeSeconds: Double, groups: [String: Group]
        }
        struct Report: Encodable { let recipe: String, measured: Measured }
        var groups: [String: Group] = [:]
        for task in plan.tasks {
            let seconds = rates.seconds(of: task) - rates.overheadSeconds
            groups[task.name.group, default: Group()].tasks += 1
            groups[task.name.group, default: Group()].seconds += seconds
        }
        let computed = groups.values.reduce(0) { $0 + $1.seconds }
        return try JSONEncoder().encode(
            Report(
                recipe: Small.recipe("block", samples: 7),
                measured: Measured(
                    elapsedSeconds: elapsed, computeSeconds: computed, groups: groups)))
    }
}
