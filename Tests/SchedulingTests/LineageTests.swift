import Domain
import Scheduling
import Testing

@Suite struct `Results and lineage` {
    @Test func `a found result makes a task done without its bytes`() throws {
        let script = Script()
        let first = task("a")
        let known = Script.result(of: "a")
        script.known[first.key(resolved: [])] = known
        script.known[task("b", after: ["a"]).key(resolved: known.outputs.map(\.blob))] =
            Script.result(of: "b")
        script.submit([first, task("b", after: ["a"])], roots: ["b"])
        #expect(script.job?.phase == .finished)
        #expect(script.job?.counts.cached == 2)
        #expect(script.scheduler.recomputations == 0)
    }

    @Test func `tasks that no root needs do not run`() throws {
        let script = Script()
        script.submit([task("a"), task("idle")], roots: ["a"])
        script.join("w", slots: 2)
        let token = try #require(script.ask("w"))
        #expect(token.task.name.description == "a")
        #expect(script.ask("w", slot: 1) == nil)
        #expect(script.complete(token) == .accepted)
        #expect(script.job?.phase == .finished)
    }

    @Test func `a cached producer runs again only when its bytes are read`() throws {
        let script = Script()
        script.known[task("a").key(resolved: [])] = Script.result(of: "a")
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        #expect(script.phase("a") == .ready)
        #expect(script.phase("b") == .waiting)
        script.join("w")
        let first = try #require(script.ask("w"))
        #expect(first.task.name.description == "a")
        #expect(script.scheduler.recomputations == 1)
        #expect(script.complete(first) == .accepted)
        let second = try #require(script.ask("w"))
        #expect(second.task.name.description == "b")
    }

    @Test func `bytes that come back call the recomputation off`() throws {
        let script = Script()
        script.known[task("a").key(resolved: [])] = Script.result(of: "a")
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        #expect(script.phase("a") == .ready)
        script.join("w", held: [Script.digest("a")])
        #expect(script.phase("a") == .done)
        #expect(script.phase("b") == .ready)
    }

    @Test func `lost inputs run their producers again through all levels`() throws {
        let script = Script()
        script.submit(
            [task("a"), task("b", after: ["a"]), task("c", after: ["b"])],
            roots: ["c"]
        )
        script.join("w")
        for _ in 0..<2 {
            let token = try #require(script.ask("w"))
            script.complete(token)
        }
        let token = try #require(script.ask("w"))
        #expect(token.task.name.description == "c")
        script.fail(token, .lostInput, missing: [Script.digest("b")])
        // The bytes of a were released once b was done, so a has to run as well.
        #expect(script.phase("a") == .ready)
        #expect(script.phase("b") == .waiting || script.phase("b") == .done)
        var order: [String] = []
        while let token = script.ask("w") {
            order.append(token.task.name.description)
            script.complete(token)
        }
        #expect(order == ["a", "b", "c"])
        #expect(script.job?.phase == .finished)
        #expect(script.job?.recomputations == 2)
    }

    @Test func `a dead worker's folder is read through its host`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w1", host: "h")
        script.join("w2", host: "h")
        script.join("w3", host: "other")
        let token = try #require(script.ask("w1"))
        script.complete(token)
        script.tell(.workerDisconnected(WorkerID("w1")))
        script.wait(Limits.reconnectMilliseconds + 1)
        #expect(script.scheduler.isReachable(Script.digest("a")))
        let next = try #require(script.ask("w3"))
        #expect(script.inputs[next]?.first?.holders == [WorkerID("w2")])
        script.fail(next, .cancelled)
        let near = try #require(script.ask("w2"))
        #expect(script.inputs[near]?.first?.holders == [WorkerID("w1")])
    }

    @Test func `after a restart lost bytes are not computed again at once`() throws {
        let script = Script(
            Scheduler(restoring: Restoration(), startedAt: Moment(milliseconds: 0))
        )
        script.known[task("a").key(resolved: [])] = Script.result(of: "a")
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        #expect(script.phase("a") == .done)
        script.wait(Limits.restartGraceMilliseconds - 1)
        #expect(script.phase("a") == .done)
        script.wait(1)
        #expect(script.phase("a") == .ready)
    }

    @Test func `a root whose durable bytes the coordinator lost runs again`() throws {
        let script = Script()
        script.known[task("a", .durable).key(resolved: [])] = Script.result(of: "a")
        script.submit([task("a", .durable)], roots: ["a"])
        #expect(script.job?.phase == .running)
        script.join("w")
        let token = try #require(script.ask("w"))
        #expect(script.complete(token) == .accepted)
        #expect(script.job?.phase == .finished)
        script.kept = [Script.digest("a")]
        script.submit([task("a", .durable)], roots: ["a"], as: "again")
        #expect(script.scheduler.status(of: JobID("again"))?.phase == .finished)
    }

    @Test func `a transient is released once its readers are done and made again for others`()
        throws
    {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"], .durable)], roots: ["b"])
        script.join("w")
        for _ in 0..<2 {
            let token = try #require(script.ask("w"))
            script.complete(token)
        }
        #expect(script.beat("w")?.release == [Script.digest("a")])
        #expect(script.beat("w")?.release == [Script.digest("a")])
        #expect(script.beat("w", dropped: [Script.digest("a")])?.release == [])
        script.submit([task("a"), task("c", after: ["a"])], roots: ["c"], as: "second")
        let again = try #require(script.ask("w"))
        #expect(again.task.name.description == "a")
    }

    @Test func `cached outputs are never released`() throws {
        let script = Script()
        script.submit([task("a", .cached), task("b", after: ["a"])], roots: ["b"])
        script.join("w")
        for _ in 0..<2 {
            let token = try #require(script.ask("w"))
            script.complete(token)
        }
        #expect(script.job?.phase == .finished)
        #expect(script.beat("w")?.release == [Script.digest("b")])
    }

    @Test func `two tasks of one key do not run at the same time`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.submit([task("a")], roots: ["a"], as: "second")
        script.join("w", slots: 2)
        let token = try #require(script.ask("w"))
        #expect(script.ask("w", slot: 1) == nil)
        script.complete(token)
        #expect(script.job?.phase == .finished)
        #expect(script.scheduler.status(of: JobID("second"))?.phase == .finished)
        #expect(script.scheduler.status(of: JobID("second"))?.counts.cached == 1)
    }

    @Test func `the second of a key runs when the first one's job is cancelled`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.submit([task("a")], roots: ["a"], as: "second")
        script.join("w", slots: 2)
        let token = try #require(script.ask("w"))
        #expect(script.ask("w", slot: 1) == nil)
        script.tell(.jobCancelled(JobID("job"), reason: "by hand"))
        #expect(script.grants.last?.task.job == JobID("second"))
        #expect(script.beat("w", running: [token])?.cancel == [token])
        #expect(script.job?.phase == .cancelled)
        #expect(script.complete(token) == .superseded)
    }
}
