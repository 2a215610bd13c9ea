import Domain
import Testing
import WorkerCore

@Suite struct `A worker joins` {
    @Test func `with pages of its holdings and a hello that names its leases`() {
        var bench = Bench()
        let many = (0..<Limits.digestsPerMessageMax + 1).map { number in
            Digest(sha256Of: Array("\(number)".utf8))
        }
        bench.start(holding: many)
        guard case .holdings(let first, first: true) = bench.asked("membership")?.body else {
            Issue.record("no first page")
            return
        }
        #expect(first.count == Limits.digestsPerMessageMax)
        bench.answer("membership", .done)
        #expect(
            bench.asked("membership")?.body == .holdings([many[many.count - 1]], first: false))
        bench.answer("membership", .done)
        guard case .hello(_, let running) = bench.asked("membership")?.body else {
            Issue.record("no hello")
            return
        }
        #expect(running.isEmpty)
        bench.answer("membership", .welcome(Bench.profile))
        #expect(bench.core.isJoined)
        #expect(bench.effects.contains(.welcomed(Bench.profile)))
        #expect(bench.asked("beat") != nil)
        #expect(bench.asked("slot-0")?.body == .lease(slot: 0))
    }

    @Test func `and repeats a lost request with the same number`() {
        var bench = Bench()
        bench.start()
        let first = bench.asked("membership")
        bench.lose("membership")
        #expect(bench.requests.isEmpty, "not before a pause")
        bench.wait(until: 3_000)
        #expect(bench.requests.first == first)
        #expect(bench.requests.count == 1, "and only once until it is lost again")
    }

    @Test func `again when the coordinator does not know it, keeping its leases`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .grant(Bench.grant()))
        bench.wait(until: 2_000)
        bench.answer("beat", .sayHello)
        #expect(!bench.core.isJoined)
        #expect(bench.effects.contains(.takeStock))
        bench.tell(.stockTaken([]))
        bench.answer("membership", .done)
        #expect(
            bench.asked("membership")?.body.names([Bench.token(1)]) == true)
    }

    @Test func `from the start when the coordinator changed between two pages`() {
        var bench = Bench()
        bench.start()
        bench.answer("membership", .sayHello)
        #expect(bench.effects.contains(.takeStock))
        bench.tell(.stockTaken([]))
        #expect(bench.requests.isEmpty, "after a pause")
        bench.wait(until: 1_500)
        #expect(bench.asked("membership")?.body == .holdings([], first: true))
    }

    @Test func `and stops when it is refused for good`() {
        var bench = Bench.joined()
        bench.answer("slot-0", .refused("A newer process has taken over.", isFinal: true))
        #expect(bench.effects.contains(.stopped(.refused("A newer process has taken over."))))
        #expect(bench.core.isStopped)
        bench.tell(.tick)
        #expect(bench.effects.isEmpty)
    }

    @Test func `and dials anew when no answers come`() {
        var bench = Bench.joined()
        var count = 0
        while bench.time < 70_000 {
            bench.wait(until: bench.time + 100)
            count += bench.effects.count { $0 == .redial }
            if bench.asked("beat") != nil { bench.lose("beat") }
        }
        #expect(count == 2, "after 30 seconds each")
    }

    @Test func `ignoring answers that are late or not its own`() {
        var bench = Bench.joined()
        let sequence = bench.sent["slot-0"]?.sequence ?? 0
        bench.tell(.reply(channel: "slot-0", sequence: sequence + 1, .nothingYet))
        #expect(bench.requests.isEmpty)
        bench.tell(.reply(channel: "nowhere", sequence: 1, .nothingYet))
        #expect(bench.requests.isEmpty)
        bench.lose("slot-0")
        bench.tell(.reply(channel: "slot-0", sequence: sequence, .grant(Bench.grant())))
        #expect(bench.core.running.isEmpty, "that try was given up")
    }
}

extension WorkerRequest.Body {
    func names(_ tokens: [LeaseToken]) -> Bool {
        switch self {
        case .hello(_, let running): running == tokens
        case .beat(let running, _, _, _): running == tokens
        default: false
        }
    }
}
