import Domain
import Scheduling
import Testing

@Suite struct Stragglers {
    /// A stage of `count` tasks of which all but `left` are done by `w0`; its last tokens run.
    private func tail(
        _ script: Script,
        count: Int = 10,
        left: Int = 1
    ) throws -> [LeaseToken] {
        let names = (0..<count).map { "t\(10 + $0)" }
        script.submit(names.map { task($0) }, roots: names)
        script.join("w0", host: "h0", slots: count)
        let tokens = try (0..<count).map { try #require(script.ask("w0", slot: $0)) }
        for token in tokens.dropLast(left) { script.complete(token) }
        return Array(tokens.suffix(left))
    }

    @Test func `a straggler gets a second attempt on another host and the first result wins`()
        throws
    {
        let script = Script()
        let slow = try #require(try tail(script).first)
        script.join("same", host: "h0")
        script.join("other", host: "h1")
        script.ask("same")
        script.ask("other")
        script.pass(60_000)
        #expect(script.grants.last == slow)
        // Requests end after a while; a worker asks anew.
        script.ask("same")
        script.ask("other")
        script.pass(1_000)
        let second = try #require(script.grants.last)
        #expect(second.task == slow.task && second.worker == WorkerID("other"))
        #expect(script.job?.speculated == 1)
        #expect(script.scheduler.runningTasks.count == 2)
        #expect(script.beat("w0", running: [slow])?.cancel == [])
        #expect(script.complete(second) == .accepted)
        #expect(script.job?.phase == .finished)
        #expect(script.outcomes.suffix(2) == [.done, .superseded])
        #expect(script.beat("w0", running: [slow])?.cancel == [slow])
    }

    @Test func `the first attempt may win as well, and the late one is a duplicate`() throws {
        let script = Script()
        let slow = try #require(try tail(script).first)
        script.submit([task("more")], roots: ["more"], as: "second")
        script.join("other", host: "h1", slots: 2)
        let more = try #require(script.ask("other"))
        script.pass(61_000)
        let second = try #require(script.ask("other", slot: 1))
        #expect(second.task == slow.task)
        #expect(script.complete(slow) == .accepted)
        #expect(script.beat("other", running: [second, more])?.cancel == [second])
        #expect(script.complete(second) == .superseded)
        #expect(script.job?.phase == .finished)
    }

    @Test func `the late identical result of an open job is a duplicate`() throws {
        let script = Script()
        script.submit([task("last")], roots: ["last"], as: "second")
        let names = (0..<10).map { "t\(10 + $0)" }
        script.submit(names.map { task($0) }, roots: names, complete: false)
        script.join("w0", host: "h0", slots: 11)
        let tokens = try (0..<11).map { try #require(script.ask("w0", slot: $0)) }
        let own = tokens.filter { $0.task.job == JobID("job") }
        for token in own.dropLast() { script.complete(token) }
        script.pass(61_000)
        script.join("other", host: "h1")
        let second = try #require(script.ask("other"))
        #expect(second.task == own.last?.task)
        #expect(script.complete(try #require(own.last)) == .accepted)
        #expect(script.complete(second) == .duplicate)
    }

    @Test func `neither young tasks nor early ones nor the unmeasured run twice`() throws {
        let script = Script()
        _ = try tail(script, count: 20, left: 3)
        script.join("other", host: "h1")
        script.pass(200_000)
        #expect(script.ask("other") == nil)
        #expect(script.job?.speculated == 0)
    }

    @Test func `what its kind usually takes counts`() throws {
        var policy = SchedulerPolicy()
        policy.speculationFloorMilliseconds = 100
        let script = Script(policy: policy)
        _ = try tail(script)
        script.join("other", host: "h1")
        // The others took two seconds each.
        script.pass(4_000)
        #expect(script.ask("other") == nil)
        script.pass(1_000)
        #expect(script.grants.last?.worker == WorkerID("other"))
    }

    @Test func `no more than one in twenty runs twice`() throws {
        let script = Script()
        let slow = try tail(script, count: 40, left: 4)
        script.join("other", host: "h1", slots: 4)
        script.pass(61_000)
        let second = (0..<4).compactMap { script.ask("other", slot: $0) }
        #expect(second.count == 2)
        #expect(Set(second.map(\.task)).isSubset(of: Set(slow.map(\.task))))
        script.pass(1_000)
        #expect(script.job?.speculated == 2)
    }

    @Test func `it can be switched off`() throws {
        let script = Script(policy: SchedulerPolicy(speculates: false))
        _ = try tail(script)
        script.join("other", host: "h1")
        script.pass(100_000)
        #expect(script.ask("other") == nil)
    }

    @Test func `a task survives the loss of either attempt`() throws {
        let script = Script()
        let slow = try #require(try tail(script).first)
        script.join("other", host: "h1")
        script.pass(61_000)
        let second = try #require(script.ask("other"))
        script.tell(.workerDisconnected(WorkerID("w0")))
        script.wait(Limits.reconnectMilliseconds + 1)
        #expect(script.scheduler.runningTasks.map(\.token) == [second])
        script.fail(second, .cancelled)
        #expect(script.phase(slow.task.name.description) == .ready)
        // The first worker comes back before anybody else has the task: it goes on.
        script.join("w0", host: "h0", slots: 10, leases: [slow])
        #expect(script.scheduler.runningTasks.map(\.token) == [slow])
        #expect(script.complete(slow) == .accepted)
        #expect(script.job?.phase == .finished)
    }

    @Test func `both attempts are taken over after a restart`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        let tokens = (1...2).map {
            LeaseToken(task: id, attempt: $0 + 2, worker: WorkerID("w\($0)"))
        }
        let restoration = Restoration(
            histories: [id: .init(attempts: 4)],
            openLeases: tokens
        )
        let script = Script(
            Scheduler(restoring: restoration, startedAt: Moment(milliseconds: 0))
        )
        script.submit([task("a")], roots: ["a"])
        for token in tokens { script.join("\(token.worker)", leases: [token]) }
        #expect(script.scheduler.runningTasks.map(\.token) == tokens)
        #expect(script.complete(tokens[0]) == .accepted)
        #expect(script.job?.phase == .finished)
    }
}
