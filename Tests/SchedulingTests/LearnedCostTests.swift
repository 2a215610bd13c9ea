import Domain
import Scheduling
import Testing

@Suite struct `What tasks took` {
    /// Small tasks of a second and large ones of four, and one of each that goes on.
    private func started(_ script: Script) throws -> [String: LeaseToken] {
        let names = (0..<24).map { "s\(10 + $0)" } + (0..<24).map { "t\(10 + $0)" }
        script.submit(
            names.map { task($0, flops: $0.hasPrefix("s") ? 10 : 100) }, roots: names)
        script.join("w0", host: "h0", slots: names.count)
        var tokens: [String: LeaseToken] = [:]
        for slot in names.indices {
            let token = try #require(script.ask("w0", slot: slot))
            tokens[token.task.name.description] = token
        }
        for name in names.filter({ !["s33", "t33"].contains($0) }) {
            script.complete(try #require(tokens[name]), seconds: name.hasPrefix("s") ? 1 : 4)
        }
        return tokens
    }

    @Test func `tells a straggler by what its own size takes`() throws {
        var policy = SchedulerPolicy()
        policy.speculationFloorMilliseconds = 100
        let script = Script(policy: policy)
        _ = try started(script)
        script.join("other", host: "h1", slots: 2)
        // Twice a second and a bit: too long for the small one, short for the large one.
        script.pass(3_000)
        #expect(script.ask("other", slot: 0)?.task.name == TaskName("s33"))
        #expect(script.ask("other", slot: 1) == nil)
    }

    @Test func `says how long the rest will take`() throws {
        let script = Script()
        let tokens = try started(script)
        // One of each is left and runs: five seconds on two slots.
        let both = try #require(script.job?.secondsLeft)
        #expect(abs(both - 2.5) < 1e-9)
        script.complete(try #require(tokens["t33"]), seconds: 4)
        let small = try #require(script.job?.secondsLeft)
        #expect(abs(small - 1) < 1e-9)
    }

    @Test func `a waiting worker that is quicker gets the task`() throws {
        let script = Script()
        let names = (0..<39).map { "a\(10 + $0)" }
        script.submit(names.map { task($0) }, roots: names)
        script.join("slow", host: "h0")
        script.join("quick", host: "h1")
        script.join("third", host: "h2")
        for _ in 0..<13 {
            for (worker, seconds) in [("slow", 6.0), ("quick", 1.0), ("third", 2.0)] {
                script.complete(try #require(script.ask(worker)), seconds: seconds)
            }
        }
        // The slow one waits for longer.
        #expect(script.ask("slow") == nil)
        #expect(script.ask("quick") == nil)
        script.submit([task("next")], roots: ["next"], as: "second")
        #expect(script.grants.last?.task.name == TaskName("next"))
        #expect(script.grants.last?.worker == WorkerID("quick"))
    }
}
