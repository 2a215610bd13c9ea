import Domain
import Scheduling
import Testing

@Suite struct `Looking ahead` {
    /// Two shards through three blocks, each block with weights of its own.
    private var chains: [TaskDescription] {
        (0..<2).flatMap { shard in
            (0..<3).map { block in
                task(
                    "s\(shard)b\(block)",
                    after: block > 0 ? ["s\(shard)b\(block - 1)"] : [],
                    priority: block, reading: ["weights \(block)"])
            }
        }
    }

    private func names(_ inputs: [ResolvedInput]?) -> [String] { (inputs ?? []).map(\.name) }

    @Test func `names the next block's weights to a shard's worker`() throws {
        let script = Script()
        script.submit(chains, roots: ["s0b2", "s1b2"])
        script.join("w0")
        script.join("w1")
        let first = try #require(script.ask("w0"))
        #expect(names(script.ahead[first]) == ["weights 1"])
        let ahead = try #require(script.ahead[first]?.first)
        #expect(ahead.blob.digest == Script.digest("weights 1"))
        #expect(ahead.durable, "the coordinator has them")
    }

    @Test func `names nothing that the worker or its host has`() throws {
        let script = Script()
        script.submit(chains, roots: ["s0b2", "s1b2"])
        script.join("w0", held: [Script.digest("weights 1")])
        script.join("w1", host: "w0")
        let own = try #require(script.ask("w0"))
        #expect(names(script.ahead[own]) == [])
        let neighbour = try #require(script.ask("w1"))
        #expect(names(script.ahead[neighbour]) == [])
    }

    @Test func `names the next ready task's inputs where no task follows`() throws {
        let script = Script()
        let tasks = (0..<3).map { task("t\($0)", reading: ["blob \($0)"]) }
        script.submit(tasks, roots: ["t0", "t1", "t2"])
        script.join("w0")
        let first = try #require(script.ask("w0"))
        #expect(first.task.name == TaskName("t0"))
        #expect(names(script.ahead[first]) == ["blob 1"])
        script.complete(first)
        let second = try #require(script.ask("w0"))
        #expect(second.task.name == TaskName("t1"))
        #expect(names(script.ahead[second]) == ["blob 2"])
        script.complete(second)
        let third = try #require(script.ask("w0"))
        #expect(names(script.ahead[third]) == [])
    }

    @Test func `a request that does not wait is declined at once`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0", slots: 2)
        let first = try #require(script.ask("w0", slot: 0, waits: false))
        #expect(script.ask("w0", slot: 1, waits: false) == nil)
        #expect(script.declined.count == 1)
        script.complete(first)
        #expect(script.grants.count == 1, "nobody waited for it")
        #expect(script.ask("w0", slot: 1, waits: false)?.task.name == TaskName("b"))
    }
}
