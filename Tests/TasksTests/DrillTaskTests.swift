import Blobs
import Domain
import Foundation
import Tasks
import Testing

@Suite struct `Drill tasks` {
    @Test func `give the bytes of their seed`() throws {
        let bench = try TaskBench()
        func output(_ seed: UInt64, _ count: Int = 100) throws -> BlobReference? {
            try bench.run(
                TaskNames.drill, DrillParameters(outputBytes: count, seed: seed), [:], ["data"]
            ).blob(named: "data")
        }
        #expect(try output(1) == output(1))
        #expect(try output(1) != output(2))
        #expect(try output(1, 3_000_001)?.byteCount == 3_000_001)
    }

    @Test func `give other bytes for other inputs`() throws {
        let bench = try TaskBench()
        let parameters = DrillParameters(outputBytes: 32, seed: 1, inputs: 2)
        let (a, b) = (try bench.keep([1, 2, 3] as [UInt8]), try bench.keep([] as [UInt8]))
        let first = try bench.run(
            TaskNames.drill, parameters, ["input:0": a, "input:1": b], ["data"])
        let second = try bench.run(
            TaskNames.drill, parameters, ["input:0": b, "input:1": b], ["data"])
        #expect(first != second)
    }

    @Test func `fail and differ as they are told`() throws {
        let bench = try TaskBench()
        func run(_ behaviour: DrillBehaviour, _ allocate: Int = 0) throws -> TaskResult {
            try bench.run(
                TaskNames.drill,
                DrillParameters(
                    allocateBytes: allocate, outputBytes: 64, seed: 3, behaviour: behaviour),
                [:], ["data"])
        }
        #expect(throws: TaskError.self) { try run(.fail) }
        // Nothing stops a small appetite.
        #expect(throws: TaskError.self) { try run(.allocateUntilKilled, 1 << 20) }
        #expect(try run(.differ) != run(.differ))
    }

    @Test func `refuse parameters that could do harm`() throws {
        let bench = try TaskBench()
        #expect(throws: TaskError.self) {
            try bench.run(
                TaskNames.drill, DrillParameters(milliseconds: 4_000_000, seed: 1), [:], [])
        }
    }
}
