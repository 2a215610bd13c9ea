import Domain
import Scheduling
import Testing

@Suite struct `Workers and restarts` {
    @Test func `strangers and old processes are told to say hello`() {
        let script = Script()
        let beat = Event.beat(WorkerID("w"), incarnation: 1, running: [], dropped: [])
        #expect(script.tell(beat) == .unknownWorker)
        let ask = Event.slotFree(WorkerID("w"), incarnation: 1, slot: 0, requestID: 1)
        #expect(script.tell(ask) == .unknownWorker)
        script.join("w", incarnation: 2)
        #expect(script.tell(beat) == .unknownWorker)
        #expect(script.tell(ask) == .unknownWorker)
    }

    @Test func `the same process takes its leases up again`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w")
        let token = try #require(script.ask("w"))
        script.tell(.workerDisconnected(WorkerID("w")))
        script.wait(Limits.reconnectMilliseconds + 1)
        #expect(script.phase("a") == .ready)
        #expect(script.beat("w", running: [token]) == nil)
        script.join("w", leases: [token])
        #expect(script.phase("a") == .leased)
        #expect(script.complete(token) == .accepted)
    }

    @Test func `a short break costs nothing`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w")
        let token = try #require(script.ask("w"))
        script.tell(.workerDisconnected(WorkerID("w")))
        script.wait(Limits.reconnectMilliseconds - 1)
        #expect(script.beat("w", running: [token])?.cancel == [])
        script.wait(Limits.reconnectMilliseconds)
        #expect(script.phase("a") == .leased)
    }

    @Test func `a new process loses the old one's leases and blobs at once`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w")
        script.complete(try #require(script.ask("w")))
        let token = try #require(script.ask("w"))
        script.join("w", incarnation: 2)
        #expect(script.phase("b") == .waiting)
        #expect(script.phase("a") == .ready)
        #expect(script.beat("w", incarnation: 2, running: [token])?.cancel == [token])
    }

    @Test func `beats keep leases alive and silence ends them`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w")
        let token = try #require(script.ask("w"))
        for _ in 0..<10 {
            script.wait(Limits.beatMilliseconds)
            #expect(script.beat("w", running: [token])?.cancel == [])
        }
        #expect(script.phase("a") == .leased)
        script.wait(Limits.leaseMilliseconds + 1)
        #expect(script.phase("a") == .ready)
        #expect(script.scheduler.status(of: WorkerID("w"))?.presence == .lost)
    }

    @Test func `running work is taken over after a restart`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let token = LeaseToken(task: id, attempt: 4, worker: WorkerID("w"))
        let restoration = Restoration(
            histories: [id: .init(attempts: 4)],
            openLeases: [token]
        )
        let script = Script(
            Scheduler(restoring: restoration, startedAt: Moment(milliseconds: 0))
        )
        script.submit([task("a")], roots: ["a"])
        #expect(script.phase("a") == .leased)
        script.join("w", leases: [token])
        script.wait(Limits.leaseMilliseconds - 1)
        #expect(script.beat("w", running: [token])?.cancel == [])
        script.wait(Limits.beatMilliseconds)
        #expect(script.complete(token) == .accepted)
        #expect(script.job?.phase == .finished)
    }

    @Test func `work that nobody takes over runs again under a new number`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let token = LeaseToken(task: id, attempt: 4, worker: WorkerID("w"))
        let restoration = Restoration(
            histories: [id: .init(attempts: 4)],
            openLeases: [token]
        )
        let script = Script(
            Scheduler(restoring: restoration, startedAt: Moment(milliseconds: 0))
        )
        script.submit([task("a")], roots: ["a"])
        script.wait(Limits.leaseMilliseconds + 1)
        script.join("other")
        #expect(try #require(script.ask("other")).attempt == 5)
    }

    @Test func `attempts are numbered above the floor of an older ledger`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let old = LeaseToken(task: id, attempt: 7, worker: WorkerID("w"))
        let restoration = Restoration(
            histories: [id: .init(attempts: 3)],
            attemptFloor: 1_000
        )
        let script = Script(
            Scheduler(restoring: restoration, startedAt: Moment(milliseconds: 0))
        )
        script.submit([task("a"), task("b")], roots: ["a", "b"])
        script.join("w", slots: 2, leases: [old])
        #expect(script.phase("a") == .ready)
        #expect(script.complete(old) == .superseded)
        let tokens = [script.ask("w"), script.ask("w", slot: 1)].compactMap(\.self)
        #expect(tokens.map(\.attempt) == [1_001, 1_001])
        #expect(script.explain("a").contains("as attempt 1 since"))
        for token in tokens { #expect(script.complete(token) == .accepted) }
        #expect(script.job?.phase == .finished)
    }

    @Test func `a task recorded as done is not recorded again`() {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let restoration = Restoration(histories: [id: .init(attempts: 1, origin: .computed)])
        let script = Script(
            Scheduler(restoring: restoration, startedAt: Moment(milliseconds: 0))
        )
        script.known[task("a").key(resolved: [])] = Script.result(of: "a")
        script.submit([task("a")], roots: ["a"])
        #expect(script.effects.contains(.taskDone(id, Script.result(of: "a"))))
        let records = script.effects.filter {
            if case .recordTask = $0 { true } else { false }
        }
        #expect(records.isEmpty)
        #expect(script.job?.counts.cached == 0)
    }

    @Test func `a search adds tasks until its driver is complete`() throws {
        let script = Script()
        script.join("w")
        script.submit([task("a")], roots: ["a"], complete: false)
        script.complete(try #require(script.ask("w")))
        #expect(script.job?.phase == .running)
        script.tell(
            .tasksAdded(
                JobID("job"),
                [task("b", after: ["a"])],
                roots: [TaskName("b")],
                complete: true
            )
        )
        script.complete(try #require(script.ask("w")))
        #expect(script.job?.phase == .finished)
    }

    @Test func `the status tells what is left`() throws {
        let script = Script()
        script.submit([task("a"), task("b"), task("c", after: ["a"])], roots: ["b", "c"])
        script.join("w", slots: 2)
        script.complete(try #require(script.ask("w")))
        let token = try #require(script.ask("w"))
        let job = try #require(script.job)
        #expect(job.counts.total == 3 && job.counts.done == 1 && job.counts.running == 1)
        #expect(job.counts.ready + job.counts.waiting == 1)
        #expect(job.flopsLeft == 20)
        #expect(job.secondsLeft == 4)
        #expect(script.scheduler.runningTasks.map(\.token) == [token])
        #expect(script.scheduler.workerStatuses.first?.completed == 1)
    }
}
