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
