import Domain
import Testing
import WorkerCore

@Suite struct `A beat` {
    @Test func `comes every five seconds, and every second with a lease`() {
        var bench = Bench.joined()
        bench.wait(until: 4_990)
        #expect(bench.asked("beat") == nil)
        bench.wait(until: 5_010)
        #expect(bench.asked("beat") != nil)
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.answer("beat", .beat(BeatReply()))
        bench.wait(until: bench.time + 1_010)
        #expect(bench.asked("beat")?.body.names([Bench.token(1)]) == true)
    }

    @Test func `tells what was dropped and damaged until it is answered`() {
        var bench = Bench.joined()
        bench.tell(.dropped([Bench.digest(1)]))
        bench.tell(.damaged([Bench.digest(2)]))
        let expected = WorkerRequest.Body.beat(
            running: [], dropped: [Bench.digest(1)], damaged: [Bench.digest(2)],
            anonymousBytes: 0)
        bench.wait(until: 1_000)
        #expect(bench.sent["beat"]?.body == expected)
        bench.answer("beat", .later(milliseconds: 1_000, "busy"))
        bench.wait(until: 2_500)
        #expect(bench.sent["beat"]?.body == expected, "again, since it was not taken")
        bench.answer("beat", .beat(BeatReply()))
        bench.wait(until: 9_000)
        #expect(bench.sent["beat"]?.body.names([]) == true)
        #expect(bench.sent["beat"]?.body != expected)
    }

    @Test func `deletes what nobody needs, but nothing that is in use or was just made`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant(retention: .transient)))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.wait(until: 700)
        let digests = [Bench.digest(9), Bench.digest(100), Bench.digest(1)]
        bench.tell(
            .finished(Bench.token(1), .result(Bench.result(), Bench.measurements)))
        bench.answer("slot-0", .commit(.accepted))
        bench.answer("beat", .beat(BeatReply(release: digests)))
        // The beat was sent before output 1 was made again; input 100 is free by now.
        #expect(bench.effects.contains(.delete([Bench.digest(9), Bench.digest(100)])))
    }

    @Test func `must not tell an old copy as dropped after the new one's commit`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant(retention: .transient)))
        bench.tell(.prepared(Bench.token(1), nil))
        bench.tell(.dropped([Bench.digest(1)]))
        bench.wait(until: 1_200)
        bench.tell(
            .finished(Bench.token(1), .result(Bench.result(), Bench.measurements)))
        #expect(bench.asked("slot-0") == nil, "the beat that tells it is under way")
        bench.answer("beat", .beat(BeatReply()))
        #expect(bench.asked("slot-0")?.body.isCommit == true)
    }
}
