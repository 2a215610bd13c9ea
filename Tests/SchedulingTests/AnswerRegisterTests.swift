import Domain
import Scheduling
import Testing

/// A register as one worker's requests meet it.
private final class Desk {
    var register: AnswerRegister

    init(_ register: AnswerRegister = AnswerRegister()) {
        self.register = register
    }

    func admit(
        _ sequence: UInt64,
        channel: String = "slot-0",
        incarnation: UInt64 = 1,
        requestID: UInt64 = 0,
        from worker: String = "w"
    ) -> AnswerRegister.Verdict {
        register.admit(
            WorkerID(worker),
            incarnation: incarnation,
            channel: channel,
            sequence: sequence,
            requestID: requestID
        )
    }

    func record(
        _ answer: [UInt8],
        _ sequence: UInt64,
        incarnation: UInt64 = 1,
        for worker: String = "w"
    ) -> Bool {
        register.record(
            answer,
            for: WorkerID(worker),
            incarnation: incarnation,
            channel: "slot-0",
            sequence: sequence
        )
    }
}

@Suite struct `Answer register` {
    @Test func `repeats get identical answers, stale ones none`() {
        let desk = Desk()
        #expect(desk.admit(1) == .fresh)
        #expect(desk.record([1, 2], 1))
        #expect(desk.admit(1) == .repeated([1, 2]))
        #expect(!desk.record([9], 1))
        #expect(desk.admit(1) == .repeated([1, 2]))
        #expect(desk.admit(2) == .fresh)
        #expect(desk.admit(1) == .stale)
        #expect(desk.register.byteCount == 0)
    }

    @Test func `a copy of a waiting request takes its place`() {
        let desk = Desk()
        #expect(desk.admit(5, requestID: 10) == .fresh)
        #expect(desk.admit(5, requestID: 11) == .parked(first: 10))
        #expect(desk.admit(5, requestID: 12) == .parked(first: 11))
        #expect(desk.record([7], 5))
        #expect(desk.admit(5, requestID: 13) == .repeated([7]))
    }

    @Test func `nobody waits for the answer to an overtaken request`() {
        let desk = Desk()
        #expect(desk.admit(5) == .fresh)
        #expect(desk.admit(6) == .fresh)
        #expect(!desk.record([5], 5))
        #expect(desk.record([6], 6))
    }

    @Test func `channels are independent and bounded`() {
        let desk = Desk(AnswerRegister(channelsMax: 2))
        #expect(desk.admit(9, channel: "a") == .fresh)
        #expect(desk.admit(1, channel: "b") == .fresh)
        #expect(desk.admit(1, channel: "c") == .tooManyChannels)
        #expect(desk.admit(2, channel: "b") == .fresh)
    }

    @Test func `an old process is refused and a new one starts anew`() {
        let desk = Desk()
        #expect(desk.admit(9, incarnation: 2) == .fresh)
        #expect(desk.record([1], 9, incarnation: 2))
        #expect(desk.admit(10, incarnation: 1) == .oldIncarnation)
        #expect(!desk.record([1], 9, incarnation: 1))
        #expect(desk.admit(1, incarnation: 3) == .fresh)
        #expect(desk.register.byteCount == 0)
        #expect(desk.admit(10, incarnation: 2) == .oldIncarnation)
    }

    @Test func `workers and bytes are bounded, and the silent are forgotten first`() {
        let desk = Desk(AnswerRegister(workersMax: 2, bytesMax: 10))
        #expect(desk.admit(1, from: "old") == .fresh)
        #expect(desk.admit(1) == .fresh)
        #expect(desk.record(Array(repeating: 0, count: 8), 1))
        #expect(desk.admit(1, from: "new") == .fresh)
        // The first one was forgotten, so its repeat counts as fresh and displaces another.
        #expect(desk.admit(1, from: "old") == .fresh)
        #expect(desk.register.byteCount == 0)
        #expect(desk.admit(1) == .fresh)
        #expect(desk.record(Array(repeating: 0, count: 8), 1))
        #expect(desk.record([1, 2, 3], 1, for: "old"))
        #expect(desk.register.byteCount == 3)
    }
}
