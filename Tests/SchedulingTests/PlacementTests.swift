import Domain
import Scheduling
import Testing

@Suite struct Placement {
    /// Two chains of three tasks, as two shards' hidden states through three blocks.
    private var chains: [TaskDescription] {
        (0..<2).flatMap { shard in
            (0..<3).map { block in
                task(
                    "s\(shard)b\(block)",
                    after: block > 0 ? ["s\(shard)b\(block - 1)"] : [],
                    priority: block
                )
            }
        }
    }

    @Test func `a shard's chain stays where its input lives`() throws {
        let script = Script()
        script.submit(chains, roots: ["s0b2", "s1b2"])
        script.join("w0")
        script.join("w1")
        var now: [String: LeaseToken] = [:]
        for worker in ["w0", "w1"] { now[worker] = try #require(script.ask(worker)) }
        for round in 0..<2 {
            // In each round they finish in another order; no worker waits meanwhile.
            for worker in round == 0 ? ["w1", "w0"] : ["w0", "w1"] {
                let token = try #require(now[worker])
                script.complete(token)
                let next = try #require(script.ask(worker))
                let shard = token.task.name.description.prefix(2)
                #expect(next.task.name.description.prefix(2) == shard)
                now[worker] = next
            }
        }
    }

    @Test func `an idle worker steals`() throws {
        let script = Script()
        script.submit(chains, roots: ["s0b2", "s1b2"])
        script.join("w0", slots: 1)
        let first = try #require(script.ask("w0"))
        script.complete(first)
        let second = try #require(script.ask("w0"))
        script.complete(second)
        // Both shards' inputs live with w0; a second worker takes one all the same.
        script.join("w1")
        let own = try #require(script.ask("w0"))
        let stolen = try #require(script.ask("w1"))
        #expect(own.task != stolen.task)
        #expect(script.inputs[stolen]?.contains { !$0.holders.isEmpty } != false)
    }

    @Test func `of parked workers the one with the input is taken`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("far")
        script.join("near", slots: 2)
        let token = try #require(script.ask("near"))
        #expect(script.ask("far") == nil)
        #expect(script.ask("near", slot: 1) == nil)
        script.complete(token)
        #expect(script.grants.last?.task.name.description == "b")
        #expect(script.grants.last?.worker == WorkerID("near"))
    }

    /// Two shards, a solution that w0 makes of the first, and what follows for each; w1 waits for
    /// work when the solution is there.
    private func endOfStage(following: [Int]) throws -> Script {
        let script = Script()
        let shards = (0..<2).map { task("s\($0)") }
        let solution = task("solution", after: ["s0"], .cached, priority: 1)
        let next = following.map { task("t\($0)", after: ["s\($0)", "solution"], priority: 2) }
        script.submit(shards + [solution] + next, roots: ["s1"] + next.map(\.name.description))
        for worker in ["w0", "w1"] { script.join(worker) }
        let first = try #require(script.ask("w0"))
        let second = try #require(script.ask("w1"))
        script.complete(second)
        #expect(script.ask("w1") == nil)
        script.complete(first)
        let solving = try #require(script.ask("w0"))
        #expect(solving.task.name == TaskName("solution"))
        script.complete(solving)
        return script
    }

    private func names(_ tokens: [LeaseToken]) -> [String] {
        tokens.map { "\($0.task.name)@\($0.worker)" }
    }

    @Test func `who ends a stage gets its own shard's next task`() throws {
        let script = try endOfStage(following: [0, 1])
        // The first of both is kept for w0, although w1 waits and w0 has yet to ask.
        #expect(names(script.grants.suffix(1)) == ["t1@w1"])
        #expect(names([try #require(script.ask("w0"))]) == ["t0@w0"])
    }

    @Test func `what is kept for one that does not ask goes to others at the next tick`() throws {
        let script = try endOfStage(following: [0])
        #expect(names(script.grants.suffix(1)) == ["solution@w0"])
        script.wait(1_000)
        #expect(names(script.grants.suffix(1)) == ["t0@w1"])
    }

    @Test func `workers ask holders of a blob in different orders`() throws {
        let script = Script()
        let readers = (0..<16).map { task("r\($0)", after: ["common"], priority: 1) }
        script.submit([task("common", .cached)] + readers, roots: readers.map(\.name.description))
        for number in 0..<16 { script.join("w\(number)") }
        script.complete(try #require(script.ask("w0")))
        for number in 0..<8 { script.complete(try #require(script.ask("w\(number)"))) }
        let first = try (8..<16).compactMap { number in
            let token = try #require(script.ask("w\(number)"))
            return script.inputs[token]?.first?.holders.first
        }
        #expect(first.count == 8)
        #expect(Set(first).count >= 3)
    }

    @Test func `a first task is passed over for local ones at most eight times`() throws {
        let script = Script()
        var tasks = [task("source", .cached), task("seed", .cached)]
        // The first task reads what the other worker has, the twelve others what this one has.
        tasks.append(task("first", after: ["source"], priority: 1))
        for number in 10..<22 { tasks.append(task("t\(number)", after: ["seed"], priority: 2)) }
        script.join("w0")
        script.join("w1")
        script.submit(tasks, roots: tasks.dropFirst(2).map(\.name.description))
        let seed = try #require(script.ask("w0"))
        let source = try #require(script.ask("w1"))
        script.complete(seed)
        script.complete(source)
        let local = seed.task.name.description == "seed" ? "w0" : "w1"
        var order: [String] = []
        while let token = script.ask(local) {
            order.append(token.task.name.description)
            script.complete(token)
        }
        #expect(order.firstIndex(of: "first") == 8)
    }

    @Test func `bytes of the same host count an eighth`() throws {
        let script = Script()
        let tasks = [
            task("a", .cached), task("b", .cached), task("ra", after: ["a"], priority: 1),
            task("rb", after: ["b"], priority: 1),
        ]
        script.submit(tasks, roots: ["ra", "rb"])
        script.join("far")
        script.join("near", host: "h")
        script.join("asking", host: "h")
        let first = try #require(script.ask("far"))
        let second = try #require(script.ask("near"))
        script.complete(first)
        script.complete(second)
        let token = try #require(script.ask("asking"))
        #expect(token.task.name.description == "r" + second.task.name.description)
    }

    @Test func `a task waits for a worker with enough memory`() throws {
        let script = Script()
        script.submit([task("big", memory: 600)], roots: ["big"])
        script.join("small", slots: 2, memory: 1_000)
        #expect(script.ask("small") == nil)
        #expect(script.job?.memoryBytesWanted == 600)
        script.join("large", slots: 1, memory: 1_000)
        #expect(script.ask("large") != nil)
    }

    @Test func `jobs take turns by running tasks and then by submission`() throws {
        let script = Script()
        for name in ["job", "second"] {
            script.submit(
                (0..<3).map { task("\(name)\($0)") },
                roots: (0..<3).map { "\(name)\($0)" },
                as: name
            )
        }
        script.join("w", slots: 4)
        let jobs = (0..<4).compactMap { script.ask("w", slot: $0)?.task.job.description }
        #expect(jobs == ["job", "second", "job", "second"])
    }

    @Test func `requests are declined after a while and by a drained worker`() throws {
        let script = Script()
        script.join("w")
        script.ask("w")
        script.wait(Limits.pollMilliseconds)
        #expect(script.effects.contains(.decline(requestID: 1)))
        script.ask("w")
        script.tell(.drainWorker(WorkerID("w")))
        #expect(script.effects.contains(.decline(requestID: 2)))
        script.submit([task("a")], roots: ["a"])
        #expect(script.ask("w") == nil)
        #expect(script.effects.contains(.decline(requestID: 3)))
        #expect(script.beat("w")?.drain == true)
    }

    @Test func `twenty thousand tasks are no burden`() throws {
        var scheduler = Scheduler(startedAt: Moment(milliseconds: 0))
        let now = Moment(milliseconds: 1)
        let job = JobID("job")
        let names = (0..<20_000).map { "t\($0)" }
        _ = scheduler.handle(.jobAdded(job, title: "many"), at: now)
        let added = scheduler.handle(
            .tasksAdded(
                job,
                names.map { task($0) },
                roots: Set(names.map { TaskName($0) }),
                complete: true
            ),
            at: now
        )
        for case .lookUp(let task, _) in added.effects {
            _ = scheduler.handle(.resultNotFound(task), at: now)
        }
        let worker = WorkerDescription(
            id: WorkerID("w"),
            incarnation: 1,
            slots: 1,
            memoryBytes: 10,
            host: "h",
            address: ""
        )
        _ = scheduler.handle(.workerJoined(worker, held: [], leases: []), at: now)
        for request in 0..<1_000 as Range<UInt64> {
            let reaction = scheduler.handle(
                .slotFree(worker.id, incarnation: 1, slot: 0, requestID: request),
                at: now
            )
            for case .grant(_, let token, _, _, _) in reaction.effects {
                let result = Script.result(of: token.task.name.description)
                let measured = TaskMeasurements(seconds: 1, peakBytes: 1, core: "")
                _ = scheduler.handle(.completed(token, result, measured), at: now)
            }
        }
        #expect(scheduler.status(of: job)?.counts.done == 1_000)
    }
}
