import Domain
import Scheduling
import Testing

@Suite struct `Sick workers` {
    private func manyTasks(_ script: Script, _ count: Int) {
        let names = (0..<count).map { "t\(10 + $0)" }
        script.submit(names.map { task($0) }, roots: names)
    }

    @Test func `three tasks that others can do drain a worker`() throws {
        let script = Script()
        manyTasks(script, 8)
        script.join("bad")
        script.join("good")
        for round in 1...3 {
            let token = try #require(script.ask("bad"))
            script.fail(token, .deterministic)
            #expect(script.drained.isEmpty)
            let again = try #require(script.ask("good"))
            #expect(again.task == token.task, "round \(round)")
            script.complete(again)
        }
        #expect(script.drained == [WorkerID("bad")])
        #expect(script.worker("bad")?.draining == true)
        #expect(script.worker("bad")?.drainReason?.contains("succeeded elsewhere") == true)
        #expect(script.ask("bad") == nil)
        #expect(script.beat("bad")?.drain == true)
        // The same process says hello again: still sick. A new one is not.
        script.join("bad")
        #expect(script.ask("bad") == nil)
        script.join("bad", incarnation: 2)
        #expect(script.ask("bad", incarnation: 2) != nil)
        #expect(script.worker("bad")?.drainReason == nil)
    }

    @Test(arguments: [FailureClass.crashed, .environment])
    func `three in a row drain a worker while others succeed`(failure: FailureClass) throws {
        let script = Script()
        manyTasks(script, 12)
        script.join("bad", slots: 3)
        script.join("good", slots: 8)
        let tokens = try (0..<3).map { try #require(script.ask("bad", slot: $0)) }
        let others = try (0..<3).map { try #require(script.ask("good", slot: $0)) }
        script.fail(tokens[0], failure)
        script.complete(others[0])
        script.fail(tokens[1], failure)
        #expect(script.drained.isEmpty)
        script.fail(tokens[2], failure)
        #expect(script.drained == [WorkerID("bad")])
    }

    @Test func `nobody is drained while nobody succeeds`() throws {
        let script = Script()
        manyTasks(script, 12)
        script.join("bad", slots: 3)
        script.join("other", slots: 8)
        let tokens = try (0..<3).map { try #require(script.ask("bad", slot: $0)) }
        let other = try #require(script.ask("other"))
        for token in tokens { script.fail(token, .crashed) }
        #expect(script.drained.isEmpty)
        script.complete(other)
        #expect(script.drained == [WorkerID("bad")])
    }

    @Test func `a success ends a streak`() throws {
        let script = Script()
        manyTasks(script, 12)
        script.join("w", slots: 4)
        script.join("other", slots: 4)
        let tokens = try (0..<4).map { try #require(script.ask("w", slot: $0)) }
        script.fail(tokens[0], .crashed)
        script.fail(tokens[1], .crashed)
        script.complete(try #require(script.ask("other")))
        script.complete(tokens[2])
        script.fail(tokens[3], .crashed)
        #expect(script.drained.isEmpty)
    }

    @Test func `a few failures among many successes are forgotten`() throws {
        var policy = SchedulerPolicy()
        policy.forgivenAfterSuccesses = 4
        let script = Script(policy: policy)
        manyTasks(script, 40)
        script.join("w0")
        script.join("w1")
        for _ in 0..<5 {
            let token = try #require(script.ask("w0"))
            script.fail(token, .deterministic)
            script.complete(try #require(script.ask("w1")))
            for _ in 0..<4 { script.complete(try #require(script.ask("w0"))) }
        }
        #expect(script.drained.isEmpty)
    }

    @Test func `the last healthy worker is kept and says so`() throws {
        let script = Script()
        manyTasks(script, 12)
        script.join("bad", slots: 3)
        script.join("good")
        let tokens = try (0..<3).map { try #require(script.ask("bad", slot: $0)) }
        script.complete(try #require(script.ask("good")))
        script.fail(tokens[0], .crashed)
        script.complete(try #require(script.ask("good")))
        script.tell(.drainWorker(WorkerID("good")))
        script.fail(tokens[1], .crashed)
        script.fail(tokens[2], .crashed)
        #expect(script.drained.isEmpty)
        #expect(script.worker("bad")?.draining == false)
        #expect(script.worker("bad")?.trouble?.contains("no other healthy worker") == true)
        #expect(script.ask("bad") != nil)
        script.join("new")
        script.wait(1)
        #expect(script.drained == [WorkerID("bad")])
        #expect(script.worker("bad")?.trouble == nil)
    }

    @Test func `a bad host is drained whichever of its workers fails`() throws {
        let script = Script()
        manyTasks(script, 12)
        for number in 0..<3 { script.join("bad\(number)", host: "rotten") }
        script.join("good")
        for number in 0..<3 {
            let token = try #require(script.ask("bad\(number)"))
            script.fail(token, .deterministic)
            let again = try #require(script.ask("good"))
            #expect(again.task == token.task)
            script.complete(again)
        }
        #expect(Set(script.drained) == Set((0..<3).map { WorkerID("bad\($0)") }))
        #expect(script.worker("bad0")?.drainReason?.contains("rotten") == true)
    }

    @Test func `tasks that crash everywhere are not their workers' fault`() throws {
        let script = Script()
        manyTasks(script, 3)
        let fine = (10..<22).map { "fine\($0)" }
        script.submit(fine.map { task($0) }, roots: fine, as: "second")
        for number in 0..<3 { script.join("w\(number)", slots: 20) }
        let tokens = (0..<12).compactMap { script.ask("w0", slot: $0) }
        let poison = tokens.filter { $0.task.job == JobID("job") }
        #expect(poison.count == 3)
        for token in poison.prefix(2) { script.fail(token, .crashed) }
        // Both crash on another host as well before the third does.
        for slot in 0..<2 {
            let again = try #require(script.ask("w1", slot: slot))
            #expect(again.task.job == JobID("job"))
            script.fail(again, .crashed)
        }
        let others = (0..<5).compactMap { script.ask("w2", slot: $0) }
        for token in others where token.task.job != JobID("job") { script.complete(token) }
        #expect(script.worker("w2")?.completed == 3)
        script.fail(poison[2], .crashed)
        #expect(script.drained.isEmpty)
    }

    @Test func `a sick worker stays drained over a restart of the coordinator`() {
        let drained = DrainedWorker(worker: WorkerID("bad"), incarnation: 7, reason: "it is sick")
        for (incarnation, isDrained) in [(7, true), (8, false)] as [(UInt64, Bool)] {
            let script = Script(
                Scheduler(
                    restoring: Restoration(drained: [drained]),
                    startedAt: Moment(milliseconds: 0)
                )
            )
            script.submit([task("a")], roots: ["a"])
            script.join("bad", incarnation: incarnation)
            #expect((script.ask("bad", incarnation: incarnation) == nil) == isDrained)
            #expect((script.worker("bad")?.drainReason == "it is sick") == isDrained)
        }
    }
}
