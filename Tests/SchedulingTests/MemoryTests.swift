import Domain
import Scheduling
import Testing

@Suite struct `Out of memory and out of time` {
    @Test func `the next try waits for a larger worker`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0", memory: 100)
        script.join("w1", memory: 100)
        script.join("w2", memory: 200)
        script.fail(try #require(script.ask("w0")), .outOfMemory)
        #expect(script.ask("w0") == nil)
        #expect(script.ask("w1") == nil)
        #expect(script.explain("a").contains("Worker w1 is too small: it has 100 bytes"))
        #expect(script.ask("w2") != nil)
    }

    @Test func `a larger worker may come later`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0", memory: 100)
        script.fail(try #require(script.ask("w0")), .outOfMemory)
        script.ask("w0")
        script.pass(50_000)
        #expect(script.phase("a") == .ready)
        #expect(script.job?.memoryBytesWanted == 101)
        #expect(script.explain("a").contains("waits for a worker with more than 100 bytes"))
        script.join("w1", memory: 101)
        script.pass(50_000)
        let token = try #require(script.ask("w1"))
        #expect(script.complete(token) == .accepted)
    }

    @Test func `it fails when every connected worker has been too small for a while`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0", memory: 100)
        script.join("w1", memory: 80)
        script.fail(try #require(script.ask("w0")), .outOfMemory)
        script.pass(59_000)
        #expect(script.job?.phase == .running)
        script.pass(2_000)
        #expect(script.job?.phase == .failed)
        let reason = try #require(script.job?.reason)
        #expect(reason.contains("ran out of memory in a slot of 100 bytes"))
        #expect(reason.contains("more memory or fewer slots"))
    }

    @Test func `it waits for ever when no worker is there`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0", memory: 100)
        script.fail(try #require(script.ask("w0")), .outOfMemory)
        script.tell(.workerDisconnected(WorkerID("w0")))
        for _ in 0..<20 { script.wait(60_000) }
        #expect(script.job?.phase == .running)
    }

    @Test func `a time-out gets twice the time elsewhere`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.join("w1")
        let first = try #require(script.ask("w0"))
        #expect(script.scheduler.timeLimitMilliseconds(of: first.task) == 0)
        script.pass(70_000)
        script.fail(first, .timeout)
        #expect(script.ask("w0") == nil)
        let second = try #require(script.ask("w1"))
        #expect(script.scheduler.timeLimitMilliseconds(of: second.task) == 140_000)
        script.fail(second, .timeout)
        #expect(script.job?.phase == .failed)
        #expect(script.job?.reason?.contains("twice the time") == true)
        #expect(script.job?.reason?.contains("worker w0 and worker w1") == true)
    }

    @Test func `a stated time limit is doubled`() throws {
        var policy = SchedulerPolicy()
        policy.timeLimitMilliseconds = 5_000
        let script = Script(policy: policy)
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        let token = try #require(script.ask("w0"))
        #expect(script.scheduler.timeLimitMilliseconds(of: token.task) == 5_000)
        script.pass(6_000)
        script.fail(token, .timeout)
        #expect(script.scheduler.timeLimitMilliseconds(of: token.task) == 10_000)
    }
}
