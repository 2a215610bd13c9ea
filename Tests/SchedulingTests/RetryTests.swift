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
                if case .grant(_, second, _, _) = $0 { true } else { false }
            }
        )
        #expect(record < grant)
    }

    @Test func `a late answer of an expired lease counts`() throws {
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
        #expect(script.complete(first) == .accepted)
        #expect(script.beat("w1", running: [second])?.cancel == [second])
        #expect(script.complete(second) == .duplicate)
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

    @Test(arguments: [FailureClass.crashed, .outOfMemory])
    func `three failures of its own fail the job`(failureClass: FailureClass) throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        for attempt in 1...3 {
            #expect(script.job?.phase == .running)
            let token = try #require(script.ask("w0"))
            #expect(token.attempt == attempt)
            script.fail(token, failureClass)
        }
        #expect(script.job?.phase == .failed)
    }

    @Test func `out of memory asks for a larger worker`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0", memory: 100)
        script.join("w1", memory: 100)
        script.join("w2", memory: 200)
        script.fail(try #require(script.ask("w0")), .outOfMemory)
        #expect(script.ask("w1") == nil)
        #expect(script.ask("w2") != nil)
    }

    @Test func `a worker without room is benched and alone fails the job`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.join("w1")
        script.fail(try #require(script.ask("w0")), .environment)
        #expect(script.ask("w0") == nil)
        script.tell(.drainWorker(WorkerID("w1")))
        // Only one worker is left: the next tick gives it the task again.
        script.wait(1_000)
        let token = try #require(script.grants.last)
        #expect(token.attempt == 2)
        script.fail(token, .environment)
        #expect(script.job?.phase == .failed)
    }

    @Test func `a task that loses worker after worker is quarantined`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        for incarnation in 1...UInt64(Limits.lostAttemptsMax) {
            #expect(script.job?.phase == .running)
            script.join("w", host: "h7", incarnation: incarnation)
            #expect(script.ask("w", incarnation: incarnation) != nil)
        }
        script.join("w", host: "h7", incarnation: 99)
        #expect(script.job?.phase == .failed)
        #expect(script.job?.reason?.contains("h7") == true)
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
