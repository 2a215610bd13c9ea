import Domain
import Scheduling
import Testing

@Suite struct Verification {
    private func script(_ fraction: Double = 1) -> Script {
        Script(policy: SchedulerPolicy(verifyFraction: fraction))
    }

    @Test func `a result is confirmed by another worker before the job ends`() throws {
        let script = script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0")
        script.join("w1")
        for _ in 0..<2 { script.complete(try #require(script.ask("w0"))) }
        #expect(script.job?.phase == .running)
        #expect(script.job?.counts.done == 2)
        #expect(script.job?.verifying == 2)
        // Its maker does not confirm its own results, and the inputs are kept for the others.
        #expect(script.ask("w0") == nil)
        #expect(script.beat("w0")?.release == [])
        for _ in 0..<2 {
            let token = try #require(script.ask("w1"))
            #expect(token.attempt == 2)
            #expect(script.complete(token) == .accepted)
        }
        #expect(script.job?.phase == .finished)
        #expect(script.job?.verified == 2)
        #expect(script.job?.recomputations == 0)
        #expect(script.outcomes == [.done, .done, .verified, .verified])
        #expect(script.effects.count { if case .taskDone = $0 { true } else { false } } == 2)
    }

    @Test func `inputs are let go once the second run is over`() throws {
        let script = script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"], complete: false)
        script.join("w0")
        script.join("w1")
        for _ in 0..<2 { script.complete(try #require(script.ask("w0"))) }
        for _ in 0..<2 {
            #expect(script.beat("w0")?.release == [])
            script.complete(try #require(script.ask("w1")))
        }
        #expect(script.beat("w0")?.release == [Script.digest("a")])
    }

    @Test func `a different result raises the alarm and the first stays`() throws {
        let script = script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.join("w1")
        script.complete(try #require(script.ask("w0")))
        #expect(script.complete(try #require(script.ask("w1")), giving: "other") == .mismatch)
        let alarms = script.effects.compactMap {
            if case .alarm(let alarm) = $0 { "\(alarm)" } else { nil }
        }
        #expect(alarms.count == 1)
        #expect(alarms.first?.contains("w0") == true && alarms.first?.contains("w1") == true)
        #expect(script.job?.phase == .finished)
        #expect(script.job?.differing == 1)
        #expect(script.outcomes == [.done, .mismatch])
    }

    @Test func `without a second worker it is skipped after a while`() throws {
        let script = script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.complete(try #require(script.ask("w0")))
        script.pass(9_000)
        #expect(script.job?.phase == .running)
        #expect(script.explain("a").contains("waits for another worker"))
        script.pass(3_000)
        #expect(script.job?.phase == .finished)
        #expect(script.job?.unverified == 1)
    }

    @Test func `inputs that are gone are not made again for it`() throws {
        let script = script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0")
        script.join("w1")
        for _ in 0..<2 { script.complete(try #require(script.ask("w0"))) }
        let first = try #require(script.ask("w1"))
        #expect(first.task.name.description == "a")
        script.complete(first)
        _ = script.beat("w0", dropped: [Script.digest("a")])
        _ = script.beat("w1", dropped: [Script.digest("a")])
        #expect(script.ask("w1") == nil)
        #expect(script.job?.phase == .finished)
        #expect(script.job?.verified == 1 && script.job?.unverified == 1)
        #expect(script.scheduler.recomputations == 0)
    }

    @Test func `other work comes first, and other hosts are preferred`() throws {
        let script = script()
        script.submit([task("a")], roots: ["a"], complete: false)
        script.submit([task("x"), task("y")], roots: ["x", "y"], as: "second")
        script.join("w0", host: "h0")
        script.join("near", host: "h0")
        script.join("far", host: "h1")
        let token = try #require(script.ask("w0"))
        #expect(token.task.name.description == "a")
        script.complete(token)
        #expect(script.ask("far")?.task.name.description == "x")
        #expect(script.ask("w0")?.task.name.description == "y")
        #expect(script.ask("near") == nil)
        script.pass(11_000)
        #expect(script.grants.last?.task.name.description == "a")
        #expect(script.grants.last?.worker == WorkerID("near"))
    }

    @Test func `the sample is a fraction that follows from the seed`() throws {
        var samples: [UInt64: Set<String>] = [:]
        for seed in [1, 1, 2] as [UInt64] {
            let script = Script(policy: SchedulerPolicy(verifyFraction: 0.2, seed: seed))
            let names = (0..<100).map { "t\($0)" }
            script.submit(names.map { task($0) }, roots: names, complete: false)
            script.join("w0", slots: 1)
            while let token = script.ask("w0") { script.complete(token) }
            #expect((8...36).contains(script.job?.verifying ?? 0))
            script.tell(.drainWorker(WorkerID("w0")))
            script.join("w1")
            var again: Set<String> = []
            while let token = script.ask("w1") {
                again.insert(token.task.name.description)
                script.complete(token)
            }
            if let known = samples[seed] { #expect(known == again) }
            samples[seed] = again
        }
        #expect(samples[1] != samples[2])
    }

    @Test func `cached results are not verified`() {
        let script = script()
        script.known[task("a").key(resolved: [])] = Script.result(of: "a")
        script.submit([task("a")], roots: ["a"])
        #expect(script.job?.phase == .finished)
        #expect(script.job?.verified == 0 && script.job?.unverified == 0)
    }

    @Test func `a second run that fails is tried elsewhere and then skipped`() throws {
        let script = script()
        script.submit([task("a")], roots: ["a"])
        for number in 0..<4 { script.join("w\(number)") }
        script.complete(try #require(script.ask("w0")))
        script.fail(try #require(script.ask("w1")), .crashed)
        #expect(script.ask("w1") == nil)
        script.fail(try #require(script.ask("w2")), .outOfMemory)
        #expect(script.job?.phase == .finished)
        #expect(script.job?.unverified == 1)
    }

    @Test func `a lost second run begins anew`() throws {
        let script = script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.join("w1")
        script.complete(try #require(script.ask("w0")))
        let token = try #require(script.ask("w1"))
        #expect(script.beat("w1", running: [token])?.cancel == [])
        script.join("w1", incarnation: 2)
        let again = try #require(script.ask("w1", incarnation: 2))
        #expect(again.attempt == 3)
        #expect(script.complete(again) == .accepted)
        #expect(script.job?.phase == .finished)
        #expect(script.job?.verified == 1)
    }

    @Test func `a second run that has become a recomputation serves both`() throws {
        let script = script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0")
        script.join("w1", slots: 2)
        script.complete(try #require(script.ask("w0")))
        let reading = try #require(script.ask("w1"))
        #expect(reading.task.name.description == "b")
        let second = try #require(script.ask("w1", slot: 1))
        #expect(second.task.name.description == "a")
        script.fail(reading, .lostInput, missing: [Script.digest("a")])
        #expect(script.phase("a") == .leased)
        #expect(script.complete(second) == .accepted)
        #expect(script.phase("b") == .ready)
        #expect(script.job?.verified == 1)
    }

    @Test func `it goes on after a restart when the maker is known`() throws {
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        for (maker, isVerified) in [(nil, false), (WorkerID("w0"), false), (nil, true)] {
            let history = Restoration.History(
                attempts: 1,
                origin: .computed,
                madeBy: maker,
                isVerified: isVerified
            )
            let script = Script(
                Scheduler(
                    restoring: Restoration(histories: [id: history]),
                    startedAt: Moment(milliseconds: 0),
                    policy: SchedulerPolicy(verifyFraction: 1)
                )
            )
            script.known[task("a").key(resolved: [])] = Script.result(of: "a")
            script.submit([task("a")], roots: ["a"])
            if maker != nil {
                #expect(script.job?.phase == .running)
                script.join("w0")
                #expect(script.ask("w0") == nil)
                script.join("w1")
                #expect(script.complete(try #require(script.ask("w1"))) == .accepted)
            }
            #expect(script.job?.phase == .finished)
            #expect(script.job?.verified == (maker != nil || isVerified ? 1 : 0))
            #expect(script.job?.unverified == (maker == nil && !isVerified ? 1 : 0))
        }
    }
}
