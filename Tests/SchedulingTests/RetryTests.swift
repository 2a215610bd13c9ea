import Domain
import Scheduling
import Testing

@Suite struct `Attempts and failures` {
    @Test func `attempts grow and are recorded before the grant`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w")
        let first = try #require(script.ask("w"))
        script.fail(first, .cancelled)
        let second = try #require(script.ask("w"))
        #expect([first.attempt, second.attempt] == [1, 2])
        let record = try #require(script.effects.firstIndex(of: .recordAttempt(second)))
        let grant = try #require(
            script.effects.firstIndex {
                if case .grant(_, second, _, _, _) = $0 { true } else { false }
            }
        )
        #expect(record < grant)
    }

    @Test func `a late answer counts as long as nobody else has the task`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        let token = try #require(script.ask("w0"))
        script.wait(Limits.leaseMilliseconds + 1)
        #expect(script.phase("a") == .ready)
        #expect(script.complete(token) == .accepted)
        #expect(script.complete(token) == .superseded)
    }

    @Test func `a stale attempt never commits`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0")
        script.join("w1")
        let first = try #require(script.ask("w0"))
        script.now = 29_000
        _ = script.beat("w0")
        _ = script.beat("w1")
        script.wait(2_000)
        let second = try #require(script.ask("w1"))
        #expect(second.task == first.task)
        #expect(script.complete(first) == .superseded)
        #expect(script.phase("a") == .leased)
        #expect(script.complete(second) == .accepted)
        #expect(script.complete(first) == .duplicate)
    }

    @Test func `an attempt that was never granted is superseded`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w")
        let token = try #require(script.ask("w"))
        for stranger in [
            LeaseToken(task: token.task, attempt: 2, worker: token.worker),
            LeaseToken(task: token.task, attempt: 1, worker: WorkerID("other")),
            LeaseToken(
                task: TaskID(job: JobID("no"), name: TaskName("a")),
                attempt: 1,
                worker: token.worker
            ),
        ] {
            #expect(script.complete(stranger) == .superseded)
        }
    }

    @Test func `differing results raise an alarm and the first stays`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0")
        script.join("w1")
        let first = try #require(script.ask("w0"))
        script.tell(.workerDisconnected(WorkerID("w0")))
        script.wait(Limits.reconnectMilliseconds + 1)
        let second = try #require(script.ask("w1"))
        #expect(script.complete(second) == .accepted)
        #expect(script.complete(first, giving: "other bytes") == .mismatch)
        let alarms = script.effects.compactMap {
            if case .alarm(let alarm) = $0 { alarm } else { nil }
        }
        let alarm = try #require(alarms.first)
        #expect(alarm.firstWorker == WorkerID("w1"))
        #expect(alarm.secondWorker == WorkerID("w0"))
        #expect(alarm.description.contains("w0") && alarm.description.contains("w1"))
        #expect(script.scheduler.result(of: first.task) == script.result(of: first))
    }

    @Test func `a deterministic failure is confirmed elsewhere and then fails the job`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.join("w1")
        let first = try #require(script.ask("w0"))
        script.fail(first, .deterministic)
        #expect(script.ask("w0") == nil)
        let second = try #require(script.ask("w1"))
        script.fail(second, .deterministic)
        #expect(script.job?.phase == .failed)
        #expect(script.job?.reason?.contains("it broke") == true)
    }

    @Test func `a deterministic failure is confirmed by the only worker`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.fail(try #require(script.ask("w0")), .deterministic)
        #expect(script.job?.phase == .running)
        script.fail(try #require(script.ask("w0")), .deterministic)
        #expect(script.job?.phase == .failed)
    }

    @Test func `three crashes on one host fail the job`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        for attempt in 1...3 {
            #expect(script.job?.phase == .running)
            let token = try #require(script.ask("w0"))
            #expect(token.attempt == attempt)
            script.fail(token, .crashed)
        }
        #expect(script.job?.phase == .failed)
        #expect(script.job?.reason?.contains("quarantined") == false)
    }

    @Test func `a worker without room is left alone for a while`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.join("w1")
        script.fail(try #require(script.ask("w0")), .environment)
        #expect(script.phase("a") == .waiting)
        script.pass(1_000)
        #expect(script.ask("w0") == nil)
        #expect(script.explain("a").contains("w0 is benched"))
        script.tell(.drainWorker(WorkerID("w1")))
        // Only one worker is left: the next tick gives it the task again.
        script.pass(1_000)
        #expect(try #require(script.grants.last).attempt == 2)
    }

    @Test func `surroundings that stay bad fail the job in the end, with growing pauses`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        var pauses: [Int64] = []
        for _ in 0..<8 {
            #expect(script.job?.phase == .running)
            let start = script.now
            script.ask("w0")
            while script.phase("a") != .leased {
                script.pass(1_000)
                if script.phase("a") == .ready { script.ask("w0") }
            }
            pauses.append(script.now - start)
            script.fail(try #require(script.grants.last), .environment)
        }
        #expect(script.job?.phase == .failed)
        #expect(script.job?.reason?.contains("it broke") == true)
        #expect(pauses.max() ?? 0 > 4_000 && pauses.max() ?? 0 <= 61_000)
    }

    @Test func `pauses follow from the seed`() {
        let moments = (0..<3 as Range<UInt64>).map { seed in
            (0..<2).map { _ in
                let script = Script(policy: SchedulerPolicy(seed: seed))
                script.submit([task("a")], roots: ["a"])
                script.join("w0")
                for _ in 0..<4 {
                    script.ask("w0")
                    while script.phase("a") != .leased { script.pass(500) }
                    if let token = script.grants.last { script.fail(token, .environment) }
                }
                return script.explain("a")
            }
        }
        #expect(moments.allSatisfy { $0[0] == $0[1] })
        #expect(Set(moments.map { $0[0] }).count == 3)
    }

    @Test func `a stray result fails like a crash`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w")
        let token = try #require(script.ask("w"))
        let measured = TaskMeasurements(seconds: 1, peakBytes: 1, core: "")
        script.tell(.completed(token, TaskResult(outputs: [], facts: []), measured))
        #expect(script.phase("a") == .ready)
    }

    @Test func `a recomputation that differs does not go on for ever`() throws {
        let script = Script()
        script.known[task("a").key(resolved: [])] = Script.result(of: "a")
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w")
        for _ in 0..<3 {
            let token = try #require(script.ask("w"))
            #expect(script.complete(token, giving: "other") == .mismatch)
        }
        #expect(script.job?.phase == .failed)
    }

    @Test func `a task that reads what nobody asked for fails the job`() {
        let script = Script()
        script.submit([task("b", after: ["a"])], roots: ["b"])
        #expect(script.job?.phase == .failed)
        script.submit([task("b")], roots: ["c"], as: "second")
        #expect(script.scheduler.status(of: JobID("second"))?.phase == .failed)
    }
}
