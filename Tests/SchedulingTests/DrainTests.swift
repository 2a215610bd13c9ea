import Domain
import Scheduling
import Testing

@Suite struct `Drains and read-only times` {
    @Test func `a worker may leave once nothing is lost with it`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0", slots: 2)
        script.complete(try #require(script.ask("w0")))
        let token = try #require(script.ask("w0"))
        script.tell(.drainWorker(WorkerID("w0")))
        var answer = try #require(script.beat("w0", running: [token]))
        #expect(answer.drain && answer.save == [Script.digest("a")] && !answer.mayLeave)
        // It hands the task back, and brings the bytes to the coordinator.
        script.fail(token, .lostWorker)
        answer = try #require(script.beat("w0"))
        #expect(answer.save == [Script.digest("a")] && !answer.mayLeave)
        script.tell(.coordinatorHolds([Script.digest("a")]))
        answer = try #require(script.beat("w0"))
        #expect(answer.save.isEmpty && answer.mayLeave)
        script.tell(.workerDisconnected(WorkerID("w0")))
        script.wait(Limits.reconnectMilliseconds + 1)
        script.join("w1")
        let again = try #require(script.ask("w1"))
        #expect(again.task.name.description == "b")
        #expect(script.complete(again) == .accepted)
        #expect(script.scheduler.recomputations == 0)
    }

    @Test func `what another worker holds need not be saved, unless that one leaves too`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0")
        script.complete(try #require(script.ask("w0")))
        script.join("w1", held: [Script.digest("a")])
        script.tell(.drainWorker(WorkerID("w0")))
        #expect(script.beat("w0")?.mayLeave == true)
        script.tell(.drainWorker(WorkerID("w1")))
        #expect(script.beat("w0")?.save == [Script.digest("a")])
        #expect(script.beat("w1")?.save == [Script.digest("a")])
    }

    @Test func `what nobody will read need not be saved`() throws {
        let script = Script()
        script.submit([task("a", .cached), task("b", after: ["a"], .durable)], roots: ["b"])
        script.join("w0")
        for _ in 0..<2 { script.complete(try #require(script.ask("w0"))) }
        script.tell(.drainWorker(WorkerID("w0")))
        #expect(script.beat("w0")?.mayLeave == true)
    }

    @Test func `at most so many are named at a beat`() throws {
        let script = Script()
        let count = Limits.savesPerBeatMax + 10
        var tasks = (0..<count).map { task("t\($0)") }
        tasks.append(task("all", after: (0..<count).map { "t\($0)" }))
        script.submit(tasks, roots: ["all"])
        script.join("w0")
        for _ in 0..<count { script.complete(try #require(script.ask("w0"))) }
        script.tell(.drainWorker(WorkerID("w0")))
        let first = try #require(script.beat("w0"))
        #expect(first.save.count == Limits.savesPerBeatMax && !first.mayLeave)
        script.tell(.coordinatorHolds(first.save))
        let second = try #require(script.beat("w0"))
        #expect(second.save.count == 10)
        script.tell(.coordinatorHolds(second.save))
        #expect(script.beat("w0")?.mayLeave == true)
    }

    @Test func `nobody leaves who was not told to`() {
        let script = Script()
        script.join("w0")
        #expect(script.beat("w0")?.mayLeave == false)
    }

    @Test func `nothing is granted while nothing can be recorded`() throws {
        let script = Script()
        script.join("w0")
        script.tell(.granting(false))
        script.submit([task("a")], roots: ["a"])
        #expect(script.ask("w0") == nil)
        script.wait(1_000)
        #expect(script.grants.isEmpty)
        #expect(script.explain("a").contains("gives no work out"))
        script.tell(.granting(true))
        #expect(script.grants.count == 1)
        script.tell(.granting(false))
        script.ask("w0")
        script.wait(Limits.pollMilliseconds)
        #expect(script.effects.contains(.decline(requestID: 2)))
        // What runs may end meanwhile.
        #expect(script.complete(script.grants[0]) == .accepted)
    }

    @Test func `a worker is not given more than its slots`() throws {
        let script = Script()
        script.submit([task("a"), task("b")], roots: ["a", "b"])
        script.join("w0")
        let first = try #require(script.ask("w0"))
        #expect(script.ask("w0") == nil)
        #expect(script.complete(first) == .accepted)
        // The request that overtook the result is served at once.
        #expect(script.grants.count == 2)
    }
}
