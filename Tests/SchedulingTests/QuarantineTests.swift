import Domain
import Scheduling
import Testing

@Suite struct `Poison tasks` {
    private func quarantines(_ script: Script) -> [[String]] {
        script.effects.compactMap {
            if case .quarantined(_, let hosts, _) = $0 { hosts } else { nil }
        }
    }

    @Test func `a task that kills three hosts is quarantined with the evidence`() throws {
        let script = Script()
        script.submit([task("a"), task("b")], roots: ["a"])
        for number in 1...3 {
            #expect(script.job?.phase == .running)
            script.join("w\(number)", host: "h\(number)")
            #expect(script.ask("w\(number)") != nil)
            script.tell(.workerDisconnected(WorkerID("w\(number)")))
            script.wait(Limits.reconnectMilliseconds + 1)
        }
        #expect(script.job?.phase == .failed)
        #expect(quarantines(script) == [["h1", "h2", "h3"]])
        #expect(script.job?.reason?.contains("h1, h2, h3") == true)
        #expect(script.explain("a").contains("quarantined"))
        script.join("w4", host: "h4")
        #expect(script.ask("w4") == nil)
    }

    @Test func `crashes and deaths count together, and each host once`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w1", host: "h1")
        script.join("w2", host: "h1")
        script.fail(try #require(script.ask("w1")), .crashed)
        script.wait(1)
        let second = try #require(script.ask("w2"))
        script.join("w2", host: "h1", incarnation: 2)
        #expect(script.job?.phase == .running)
        #expect(script.phase("a") == .ready)
        #expect(script.complete(second) == .superseded)
        script.join("w3", host: "h2")
        script.fail(try #require(script.ask("w3")), .crashed)
        #expect(script.job?.phase == .running)
        script.join("w4", host: "h3")
        script.fail(try #require(script.ask("w4")), .crashed)
        #expect(quarantines(script) == [["h1", "h2", "h3"]])
    }

    @Test func `deaths of one host are free up to a bound`() throws {
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
        #expect(quarantines(script).isEmpty)
    }

    @Test func `a worker that comes back did not die of the task`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        for number in 1...6 {
            script.join("w\(number)", host: "h\(number)")
            let token = try #require(script.ask("w\(number)"))
            script.tell(.workerDisconnected(WorkerID("w\(number)")))
            script.wait(Limits.reconnectMilliseconds + 1)
            script.join("w\(number)", host: "h\(number)", leases: [token])
            #expect(script.phase("a") == .leased)
            script.fail(token, .cancelled)
            script.tell(.drainWorker(WorkerID("w\(number)")))
        }
        #expect(script.job?.phase == .running)
    }

    @Test func `hand-backs, departures and unaccepted grants are nobody's fault`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        for number in 1...4 {
            script.join("back\(number)")
            script.fail(try #require(script.ask("back\(number)")), .lostWorker)
            script.tell(.drainWorker(WorkerID("back\(number)")))
            script.join("left\(number)")
            #expect(script.ask("left\(number)") != nil)
            script.tell(.drainWorker(WorkerID("left\(number)")))
            script.tell(.workerDisconnected(WorkerID("left\(number)")))
            script.wait(Limits.reconnectMilliseconds + 1)
            script.join("deaf\(number)")
            #expect(script.ask("deaf\(number)") != nil)
            script.wait(Limits.acceptMilliseconds + 1)
            script.tell(.drainWorker(WorkerID("deaf\(number)")))
        }
        #expect(script.job?.phase == .running)
        #expect(script.phase("a") == .ready)
        #expect(script.outcomes.count { $0 == .unaccepted } == 4)
        #expect(!script.explain("a").contains("Attempt"))
    }

    @Test func `an unaccepted grant is taken up when its worker names it after all`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w")
        let token = try #require(script.ask("w"))
        script.wait(Limits.acceptMilliseconds)
        #expect(script.phase("a") == .leased)
        script.wait(1)
        #expect(script.phase("a") == .ready)
        #expect(script.beat("w", running: [token])?.cancel == [])
        #expect(script.complete(token) == .accepted)
    }

    @Test func `a worker that falls silent before it accepts may have died of the task`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        for number in 1...4 { script.join("w\(number)", host: "h\(number)") }
        for number in 1...3 {
            // Each dies at once, and nobody hears its connection break.
            script.now += 1
            for alive in number...4 { _ = script.beat("w\(alive)") }
            #expect(script.ask("w\(number)") != nil)
            script.now += 5_000
            for alive in (number + 1)...4 { _ = script.beat("w\(alive)") }
            script.wait(Limits.acceptMilliseconds - 4_999)
            if number < 3 { #expect(script.phase("a") == .ready) }
        }
        // Three hosts are in doubt: nobody else is put at risk before it is known.
        #expect(script.ask("w4") == nil)
        #expect(script.explain("a").contains("may have brought down"))
        while script.job?.phase == .running, script.now < 100_000 {
            script.now += 1_000
            _ = script.beat("w4")
            script.wait(0)
        }
        #expect(quarantines(script) == [["h1", "h2", "h3"]])
    }

    @Test func `a worker that is heard of again is out of doubt`() throws {
        var policy = SchedulerPolicy()
        policy.quarantineHosts = 1
        let script = Script(policy: policy)
        script.submit([task("a")], roots: ["a"])
        script.join("w1")
        script.join("w2")
        #expect(script.ask("w1") != nil)
        script.wait(Limits.acceptMilliseconds + 1)
        #expect(script.ask("w2") == nil)
        _ = script.beat("w1")
        #expect(script.grants.last?.worker == WorkerID("w2"))
        #expect(script.job?.phase == .running)
    }

    @Test func `a worker that died while the coordinator was away counts`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let token = LeaseToken(task: id, attempt: 1, worker: WorkerID("w1"))
        for (incarnation, isBlamed) in [(1, false), (2, true)] as [(UInt64, Bool)] {
            var policy = SchedulerPolicy()
            policy.quarantineHosts = 1
            let restoration = Restoration(
                openLeases: [token],
                processes: [WorkerProcess(worker: token.worker, incarnation: 1, host: "h1")]
            )
            let script = Script(
                Scheduler(
                    restoring: restoration,
                    startedAt: Moment(milliseconds: 0),
                    policy: policy
                )
            )
            script.submit([task("a")], roots: ["a"])
            script.join("w1", host: "h1", incarnation: incarnation)
            #expect(quarantines(script) == (isBlamed ? [["h1"]] : []))
        }
    }

    @Test func `a worker that never comes back after a restart counts`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let token = LeaseToken(task: id, attempt: 1, worker: WorkerID("w1"))
        var policy = SchedulerPolicy()
        policy.quarantineHosts = 1
        let script = Script(
            Scheduler(
                restoring: Restoration(
                    openLeases: [token],
                    processes: [WorkerProcess(worker: token.worker, incarnation: 1, host: "h1")]
                ),
                startedAt: Moment(milliseconds: 0),
                policy: policy
            )
        )
        script.submit([task("a")], roots: ["a"])
        script.wait(Limits.leaseMilliseconds + 1)
        #expect(quarantines(script) == [["h1"]])
    }

    @Test func `what a task did before a restart still counts`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let troubles = [
            TaskTrouble(host: "h1", worker: WorkerID("w1"), failureClass: .lostWorker),
            TaskTrouble(host: "h1", worker: WorkerID("w1"), failureClass: .cancelled),
            TaskTrouble(host: "h2", worker: WorkerID("w2"), failureClass: .crashed),
        ]
        let history = Restoration.History(attempts: 3, troubles: troubles)
        let script = Script(
            Scheduler(
                restoring: Restoration(histories: [id: history]),
                startedAt: Moment(milliseconds: 0)
            )
        )
        script.submit([task("a")], roots: ["a"])
        script.join("w3", host: "h3")
        let token = try #require(script.ask("w3"))
        #expect(token.attempt == 4)
        script.fail(token, .crashed)
        #expect(quarantines(script) == [["h1", "h2", "h3"]])
    }

    @Test func `out of memory before a restart still counts`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let trouble = TaskTrouble(
            host: "h",
            worker: WorkerID("w"),
            failureClass: .outOfMemory,
            memoryBytesPerSlot: 500
        )
        let history = Restoration.History(attempts: 1, troubles: [trouble])
        let script = Script(
            Scheduler(
                restoring: Restoration(histories: [id: history]),
                startedAt: Moment(milliseconds: 0)
            )
        )
        script.submit([task("a")], roots: ["a"])
        script.join("w", memory: 500)
        #expect(script.ask("w") == nil)
        script.join("large", memory: 501)
        #expect(script.ask("large") != nil)
    }

    @Test func `a deterministic failure waits a while for another host`() throws {
        let script = Script()
        script.submit([task("a"), task("long")], roots: ["a", "long"])
        script.join("w0", host: "h0", slots: 2)
        script.join("w1", host: "h1")
        let busy = try #require(script.ask("w1"))
        let first = try #require(script.ask("w0"))
        #expect(busy.task != first.task)
        script.fail(first, .deterministic)
        #expect(script.ask("w0") == nil)
        let name = first.task.name.description
        #expect(script.explain(name).contains("waits for worker w1 or until"))
        script.pass(19_000)
        #expect(script.grants.count == 2)
        #expect(script.ask("w0") == nil)
        script.pass(2_000)
        // Nobody else has come: the same worker confirms it.
        let second = try #require(script.grants.last)
        #expect(second.task == first.task && second.worker == WorkerID("w0"))
        script.fail(second, .deterministic)
        #expect(script.job?.phase == .failed)
    }
}
