import Domain
import Testing
import WorkerCore

@Suite struct `A lease` {
    @Test func `goes from grant to commit, and the output is sent before`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        #expect(bench.effects.contains(.prepare(slot: 0, Bench.grant())))
        #expect(bench.core.pinned == [Bench.digest(100)])
        bench.tell(.prepared(Bench.token(1), nil))
        #expect(bench.effects.contains(.run(slot: 0, Bench.grant())))
        bench.tell(.finished(Bench.token(1), .result(Bench.result(), Bench.measurements)))
        #expect(bench.effects.contains(.upload(Bench.digest(1), Bench.token(1))))
        #expect(bench.requests.isEmpty)
        bench.tell(.uploaded(Bench.digest(1), Bench.token(1), .stored))
        #expect(
            bench.asked("slot-0")?.body
                == .commit(Bench.token(1), Bench.result(), Bench.measurements, next: 0))
        bench.answer("slot-0", .commit(.accepted))
        #expect(bench.core.running.isEmpty)
        #expect(bench.core.pinned.isEmpty)
        #expect(bench.asked("slot-0")?.body == .lease(slot: 0))
    }

    @Test func `that came with the answer to a commit is begun at once`() {
        var bench = Bench.joined()
        bench.compute(retention: .transient)
        bench.answer("slot-0", .commit(.accepted, next: Bench.grant(2)))
        #expect(bench.effects.contains(.prepare(slot: 0, Bench.grant(2))))
        #expect(bench.core.running == [Bench.token(2)])
        #expect(bench.asked("slot-0") == nil)
        bench.tell(.prepared(Bench.token(2), nil))
        #expect(bench.effects.contains(.run(slot: 0, Bench.grant(2))))
    }

    @Test func `that came with the answer to a commit nobody waits for is begun too`() {
        var bench = Bench.joined()
        bench.compute(retention: .cached)
        bench.wait(until: 1_000)
        bench.answer("beat", .beat(BeatReply(cancel: [Bench.token(1)])))
        bench.answer("slot-0", .commit(.superseded, next: Bench.grant(2)))
        #expect(bench.core.running == [Bench.token(2)])
        #expect(bench.effects.contains(.prepare(slot: 0, Bench.grant(2))))
        #expect(bench.asked("slot-0") == nil)
    }

    @Test func `that came with the answer to a commit is handed back while draining`() {
        var bench = Bench.joined()
        bench.compute(retention: .transient)
        bench.tell(.terminate)
        #expect(bench.asked("membership")?.body == .release([]), "the worker wants to leave")
        bench.answer("slot-0", .commit(.accepted, next: Bench.grant(2)))
        #expect(!bench.effects.contains(.prepare(slot: 0, Bench.grant(2))))
        bench.answer("membership", .done)
        #expect(bench.asked("membership")?.body == .release([Bench.token(2)]))
    }

    @Test func `asks for no more work with its commit while draining`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant(retention: .transient)))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.tell(.terminate)
        bench.tell(.finished(Bench.token(1), .result(Bench.result(), Bench.measurements)))
        #expect(
            bench.asked("slot-0")?.body
                == .commit(Bench.token(1), Bench.result(), Bench.measurements))
    }

    @Test func `that lives with its worker only is committed at once`() {
        var bench = Bench.joined()
        bench.compute(retention: .transient)
        #expect(bench.asked("slot-0")?.body.isCommit == true)
    }

    @Test func `is named by a beat soon after it came`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.wait(until: 600)
        #expect(bench.asked("beat")?.body.names([Bench.token(1)]) == true)
    }

    @Test func `publishes nothing past its deadline until a beat confirms it`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.tell(.prepared(Bench.token(1), nil))
        // The beats are lost from now on; a tenth of the lease is kept in hand.
        bench.wait(until: 27_001)
        bench.tell(.finished(Bench.token(1), .result(Bench.result(), Bench.measurements)))
        #expect(!bench.effects.contains(.upload(Bench.digest(1), Bench.token(1))))
        bench.lose("beat")
        bench.wait(until: 29_000)
        // The coordinator may have answered the first try long ago: that answer is too old.
        bench.time = 31_000
        bench.answer("beat", .beat(BeatReply()))
        #expect(!bench.effects.contains(.upload(Bench.digest(1), Bench.token(1))))
        #expect(bench.asked("beat")?.body.names([Bench.token(1)]) == true, "at once anew")
        bench.answer("beat", .beat(BeatReply()))
        #expect(bench.effects.contains(.upload(Bench.digest(1), Bench.token(1))))
    }

    @Test func `holds its commit back past the deadline, and repeats it afterwards`() {
        var bench = Bench.joined()
        bench.compute(retention: .cached)
        let commit = bench.sent["slot-0"]
        bench.wait(until: 28_000)
        bench.lose("slot-0")
        bench.wait(until: 40_000)
        #expect(bench.asked("slot-0") == nil)
        bench.lose("beat")
        bench.wait(until: 43_000)
        bench.answer("beat", .beat(BeatReply()))
        bench.answer("beat", .beat(BeatReply()))
        #expect(bench.asked("slot-0") == commit, "the same number")
    }

    @Test func `that was cancelled is killed and not reported`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.wait(until: 1_000)
        bench.answer("beat", .beat(BeatReply(cancel: [Bench.token(1)])))
        #expect(bench.effects.contains(.kill(Bench.token(1))))
        #expect(bench.core.running.isEmpty)
        #expect(bench.asked("slot-0") == nil, "the slot is not free before the child ended")
        bench.tell(
            .finished(Bench.token(1), .failure(TaskFailure(.cancelled, "killed"))))
        #expect(bench.asked("slot-0")?.body == .lease(slot: 0))
    }

    @Test func `that was cancelled while it is committed waits for the answer on its way`() {
        var bench = Bench.joined()
        bench.compute(retention: .cached)
        bench.wait(until: 1_000)
        bench.answer("beat", .beat(BeatReply(cancel: [Bench.token(1)])))
        #expect(bench.asked("slot-0") == nil)
        bench.answer("slot-0", .commit(.accepted))
        #expect(bench.asked("slot-0")?.body == .lease(slot: 0))
    }

    @Test func `that failed says so, with other outputs than promised too`() {
        var bench = Bench.joined(slots: 2)
        let failure = TaskFailure(.lostInput, "gone", missing: [Bench.digest(100)])
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.tell(.prepared(Bench.token(1), failure))
        #expect(bench.asked("slot-0")?.body == .fail(Bench.token(1), failure))
        bench.answer("slot-1", .grant(Bench.grant(2)))
        bench.tell(.prepared(Bench.token(2), nil))
        let odd = TaskResult(outputs: [], facts: [])
        bench.tell(.finished(Bench.token(2), .result(odd, Bench.measurements)))
        #expect(bench.asked("slot-1")?.body.failure == .crashed)
    }

    @Test func `that takes longer than it may is killed and reported as timed out`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant(timeLimit: 5_000)))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.wait(until: 4_990)
        #expect(!bench.effects.contains(.kill(Bench.token(1))))
        bench.wait(until: 5_010)
        #expect(bench.effects.count { $0 == .kill(Bench.token(1)) } == 1)
        bench.tell(
            .finished(Bench.token(1), .failure(TaskFailure(.cancelled, "killed"))))
        #expect(bench.asked("slot-0")?.body.failure == .timeout)
    }

    @Test func `is asked for, or committed, again later under a new number`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .later(milliseconds: 2_000, "full"))
        bench.wait(until: 1_990)
        #expect(bench.asked("slot-0") == nil)
        bench.wait(until: 2_010)
        #expect(bench.asked("slot-0")?.body == .lease(slot: 0))
        bench.compute(retention: .cached)
        let first = bench.sent["slot-0"]?.sequence ?? 0
        bench.answer("slot-0", .later(milliseconds: 2_000, "full"))
        bench.wait(until: 4_200)
        #expect(bench.asked("slot-0")?.body.isCommit == true)
        #expect(bench.asked("slot-0")?.sequence == first + 1)
    }

    @Test func `is committed after the coordinator got to know the worker again`() {
        var bench = Bench.joined()
        bench.compute(retention: .cached)
        bench.answer("slot-0", .sayHello)
        #expect(bench.asked("slot-0") == nil)
        bench.tell(.stockTaken([]))
        bench.answer("membership", .done)
        bench.answer("membership", .welcome(Bench.profile))
        #expect(bench.asked("slot-0")?.body.isCommit == true)
    }

    @Test func `sends its output again when the coordinator was out of reach`() {
        var bench = Bench.joined()
        bench.compute()
        bench.tell(.uploaded(Bench.digest(1), Bench.token(1), .unreachable("down")))
        #expect(!bench.effects.contains(.upload(Bench.digest(1), Bench.token(1))))
        bench.wait(until: 500)
        #expect(bench.effects.contains(.upload(Bench.digest(1), Bench.token(1))))
        bench.tell(.uploaded(Bench.digest(1), Bench.token(1), .missing))
        #expect(bench.asked("slot-0")?.body.failure == .environment)
    }
}

extension WorkerRequest.Body {
    var isCommit: Bool { if case .commit = self { true } else { false } }
    var failure: FailureClass? {
        if case .fail(_, let failure) = self { failure.failureClass } else { nil }
    }
}
