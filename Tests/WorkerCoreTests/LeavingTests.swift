import Domain
import Testing
import WorkerCore

@Suite struct `A worker that leaves` {
    @Test func `finishes what runs, saves what only it has, and says goodbye`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant(retention: .cached)))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.tell(.terminate)
        #expect(bench.core.isDraining)
        #expect(bench.asked("membership")?.body == .release([]), "drain me")
        bench.answer("membership", .done)
        bench.tell(
            .finished(Bench.token(1), .result(Bench.result(), Bench.measurements)))
        bench.answer("slot-0", .commit(.accepted))
        #expect(bench.asked("slot-0") == nil, "no more work")
        bench.answer("beat", .beat(BeatReply(drain: true)))
        bench.wait(until: bench.time + 1_100)
        bench.answer("beat", .beat(BeatReply(drain: true, save: [Bench.digest(1)])))
        #expect(bench.effects.contains(.upload(Bench.digest(1), nil)))
        #expect(bench.core.pinned == [Bench.digest(1)])
        bench.tell(.uploaded(Bench.digest(1), nil, .stored))
        bench.answer("beat", .beat(BeatReply(drain: true, mayLeave: true)))
        #expect(bench.asked("membership")?.body == .goodbye)
        bench.answer("membership", .done)
        #expect(bench.effects == [.stopped(.drained)])
    }

    @Test func `hands back what is not finished in time`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.tell(.terminate)
        bench.answer("membership", .done)
        bench.wait(until: 20_010)
        #expect(bench.effects.contains(.kill(Bench.token(1))))
        #expect(bench.sent["membership"]?.body == .release([Bench.token(1)]))
    }

    @Test func `stops at once when it is told twice`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.tell(.terminate)
        bench.tell(.terminate)
        #expect(bench.effects.contains(.kill(Bench.token(1))))
        bench.answer("membership", .done)
        #expect(bench.asked("membership")?.body == .release([Bench.token(1)]))
        bench.answer("membership", .done)
        #expect(bench.asked("membership")?.body == .goodbye)
        bench.lose("membership")
        #expect(bench.effects == [.stopped(.stopped)])
    }

    @Test func `waits two seconds for its last words at most`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.tell(.terminate)
        bench.tell(.terminate)
        bench.wait(until: 1_990)
        #expect(!bench.core.isStopped)
        bench.wait(until: 2_010)
        #expect(bench.core.isStopped)
    }

    @Test func `leaves at once when it has not joined and holds nothing`() {
        var bench = Bench()
        bench.start()
        bench.tell(.terminate)
        #expect(bench.effects == [.stopped(.stopped)])
    }

    @Test func `does not wait for a coordinator that is gone`() {
        var bench = Bench.joined()
        bench.wait(until: 5_100)
        bench.answer("beat", .sayHello)
        bench.tell(.stockTaken([]))
        bench.tell(.terminate)
        #expect(bench.core.isStopped)
        var other = Bench.joined()
        other.wait(until: 5_100)
        other.tell(.terminate)
        other.answer("beat", .sayHello)
        other.tell(.stockTaken([]))
        other.wait(until: 34_000)
        #expect(!other.core.isStopped)
        other.wait(until: 36_000)
        #expect(other.core.isStopped)
    }

    @Test func `tells a coordinator that was started anew that it drains`() {
        var bench = Bench.joined()
        bench.wait(until: 5_100)
        bench.answer("beat", .beat(BeatReply(drain: true)))
        #expect(bench.core.isDraining)
        bench.answer("membership", .done)
        bench.wait(until: 7_000)
        bench.answer("beat", .sayHello)
        bench.tell(.stockTaken([]))
        bench.answer("membership", .done)
        bench.answer("membership", .welcome(Bench.profile))
        #expect(bench.asked("membership")?.body == .release([]))
    }

    @Test func `hands a grant back that came too late`() {
        var bench = Bench.joined()
        bench.tell(.terminate)
        bench.answer("membership", .done)
        bench.answer("slot-0", .grant(Bench.grant()))
        #expect(bench.asked("membership")?.body == .release([Bench.token(1)]))
        #expect(bench.core.running.isEmpty)
    }
}
