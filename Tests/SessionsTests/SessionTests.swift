import Domain
import Identity
import Messaging
import Testing
import Wire

@testable import Sessions

@Suite struct `A session` {
    private let gate: TestGate

    init() throws { gate = try TestGate(seed: 3) }

    private let command: [UInt8] = [ControlEnvelope.client, 7]

    @Test func `takes each frame once, in whatever order`() throws {
        let session = try gate.session(try gate.node("admin:a"))
        for counter: UInt64 in [5, 1, 4_000, 3, 2] {
            #expect(gate.send(command, counter: counter, in: session).principal != nil)
        }
        for counter: UInt64 in [5, 1, 4_000, 3, 2, 0] {
            let verdict = gate.send(command, counter: counter, in: session)
            #expect(verdict.refusal?.contains("came before") == true)
        }
        #expect(gate.send(command, counter: 9_000, in: session).principal != nil)
        #expect(gate.send(command, counter: 4_904, in: session).refusal != nil)
        #expect(gate.send(command, counter: 4_905, in: session).principal != nil)
    }

    @Test func `refuses a frame after a flip of any bit, and then takes the right one`() throws {
        let session = try gate.session(try gate.node("admin:a"))
        let frame = SessionFrame.encode(
            command, session: session.id, counter: 1, key: session.key)
        let origin = Origin.tls(PeerID(rawValue: 1))
        for index in frame.indices {
            for bit in 0..<8 {
                var changed = frame
                changed[index] ^= 1 << bit
                #expect(gate.handle(changed, from: origin).principal == nil)
            }
        }
        #expect(gate.handle(frame, from: origin).principal != nil)
    }

    @Test func `refuses frames made with another session's key`() throws {
        let mine = try gate.session(try gate.node("worker:mine"))
        let theirs = try gate.session(try gate.node("admin:theirs"))
        let verdict = gate.send(command, counter: 1, in: (theirs.id, mine.key))
        #expect(verdict.refusal == IdentityError.wrongCode.description)
    }

    @Test func `is unknown after a restart of the coordinator`() throws {
        let session = try gate.session(try gate.node("admin:a"))
        let fresh = try TestGate(seed: 4)
        #expect(fresh.send(command, counter: 1, in: session).problem == .unknownSession)
    }

    @Test func `ends after ten minutes of silence, and after twelve hours in any case`() throws {
        let session = try gate.session(try gate.node("admin:a"))
        for counter: UInt64 in 1...72 {
            gate.wait(599_999)
            #expect(gate.send(command, counter: counter, in: session).principal != nil)
        }
        gate.wait(2)
        #expect(gate.send(command, counter: 73, in: session).principal != nil)
        gate.wait(12 * 3_600_000 - (72 * 599_999 + 2))
        #expect(gate.send(command, counter: 74, in: session).problem == .unknownSession)
        let silent = try gate.session(try gate.node("admin:b"))
        gate.wait(600_000)
        #expect(gate.send(command, counter: 1, in: silent).problem == .unknownSession)
        gate.change { gate, now, _ in gate.prune(nowUnixMs: now) }
        #expect(gate.change { gate, _, _ in gate.sessionCount } == 0)
    }

    @Test func `ends with its certificate`() throws {
        let session = try gate.session(try gate.node("admin:a", life: 60_000))
        gate.wait(59_999)
        #expect(gate.send(command, counter: 1, in: session).principal != nil)
        gate.wait(1)
        #expect(gate.send(command, counter: 2, in: session).problem == .unknownSession)
    }

    @Test func `makes room for the newest of one name, never at others' cost`() throws {
        let other = try gate.session(try gate.node("admin:other"))
        let node = try gate.node("admin:busy")
        let first = try gate.session(node)
        let second = try gate.session(node)
        gate.wait(1)
        #expect(gate.send(command, counter: 1, in: first).principal != nil)
        for _ in 2..<SessionTable.perIdentityMax {
            gate.wait(1_000)
            _ = try gate.session(node)
        }
        gate.wait(1_000)
        _ = try gate.session(node)
        #expect(gate.change { gate, _, _ in gate.sessionCount } == SessionTable.perIdentityMax + 1)
        #expect(gate.send(command, counter: 2, in: first).principal != nil)
        #expect(gate.send(command, counter: 1, in: second).problem == .unknownSession)
        #expect(gate.send(command, counter: 1, in: other).principal != nil)
    }

    @Test func `of a worker's earlier start ends when the worker starts again`() throws {
        let node = try gate.node("worker:w")
        let inner = try workerRequest("w")
        let old = try gate.session(node, incarnation: 1)
        let same = try gate.session(node, incarnation: 1)
        #expect(gate.send(inner, counter: 1, in: old).principal != nil)
        let new = try gate.session(node, incarnation: 2)
        #expect(gate.send(inner, counter: 2, in: old).problem == .unknownSession)
        #expect(gate.send(inner, counter: 1, in: same).problem == .unknownSession)
        #expect(gate.send(inner, counter: 1, in: new).principal != nil)
    }

    @Test func `keeps a bounded number of all, dropping the most silent`() throws {
        var random = Seeded(9)
        var table = SessionTable()
        var first: SessionID?
        for index in 0...SessionTable.sessionsMax {
            let session = LiveSession(
                id: SessionID(random: &random),
                identity: try NodeIdentity(role: .admin, name: "n\(index)"), serial: "00",
                incarnation: 1, key: SessionKey(random: &random), expiresUnixMs: noon + day,
                lastUseUnixMs: noon + Int64(index))
            if first == nil { first = session.id }
            table.open(session, nowUnixMs: noon)
        }
        #expect(table.count == SessionTable.sessionsMax)
        #expect(table[try #require(first)] == nil)
    }

    @Test func `gives the key for tickets once the worker has proven that it knows it`() throws {
        let node = try gate.node("worker:w")
        let worker = WorkerID("w")
        func key() -> TicketKey? {
            gate.change { gate, _, _ in gate.ticketKey(ofWorker: worker) }
        }
        #expect(key() == nil)
        let session = try gate.session(node)
        #expect(key() == nil)
        _ = gate.send(try workerRequest("w"), counter: 1, in: session)
        let known = try #require(key())
        // The worker opens a second session, and never hears of it.
        let unheard = try gate.session(node)
        var random = Seeded(5)
        let pass = known.makePass(
            BlobRights(getAny: true, mayPut: false), expiresUnixMs: noon + day, random: &random)
        let holder = FrameOpener(TicketKey(derivedFrom: session.key))
        let frame = try FrameSealer(pass: pass).seal([1], random: &random).frame
        #expect(try holder.open(frame, nowUnixMs: gate.now).body == [1])
        let still = try #require(key()).makePass(
            BlobRights(getAny: true, mayPut: false), expiresUnixMs: noon + day, random: &random)
        let next = try FrameSealer(pass: still).seal([2], random: &random).frame
        #expect(try holder.open(next, nowUnixMs: gate.now).body == [2])
        _ = gate.send(try workerRequest("w"), counter: 1, in: unheard)
        let moved = try #require(key()).makePass(
            BlobRights(getAny: true, mayPut: false), expiresUnixMs: noon + day, random: &random)
        let last = try FrameSealer(pass: moved).seal([3], random: &random).frame
        #expect(throws: IdentityError.unknownTicket) { try holder.open(last, nowUnixMs: gate.now) }
    }

    @Test func `is not opened by frames that are too long, or none of ours`() throws {
        let tls = Origin.tls(PeerID(rawValue: 1))
        let door = Origin.doorstep(source: "x")
        let long = [UInt8](repeating: SessionEnvelope.handshake, count: 32_769)
        for origin in [tls, door] { #expect(gate.handle(long, from: origin) == .drop) }
        for origin in [tls, door, .plain, .local(uid: 1_000)] {
            #expect(gate.handle([], from: origin) == .drop)
            #expect(gate.handle([0], from: origin) == .drop)
            #expect(gate.handle(Array("GET / HTTP/1.1".utf8), from: origin) == .drop)
        }
        let session = try gate.session(try gate.node("admin:a"))
        let room = Limits.controlMessageBytes
        let most = [ControlEnvelope.client] + [UInt8](repeating: 1, count: room - 1)
        #expect(gate.send(most, counter: 1, in: session).principal != nil)
        #expect(gate.send(most + [1], counter: 2, in: session).refusal != nil)
        #expect(gate.send([9], counter: 3, in: session).refusal?.contains("no request") == true)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `survives bytes at random`(seed: UInt64) throws {
        var random = Seeded(seed)
        let session = try gate.session(try gate.node("worker:w"))
        let good = SessionFrame.encode(
            try workerRequest("w"), session: session.id, counter: 1, key: session.key)
        let origins: [Origin] = [
            .tls(PeerID(rawValue: 1)), .doorstep(source: "x"), .local(uid: 5), .local(uid: 1_000),
        ]
        for _ in 0..<500 {
            var frame = random.bytes(Int.random(in: 0...120, using: &random))
            if Bool.random(using: &random), let first = frame.indices.first {
                frame[first] = [0x41, 0x53, 0x57, 0x43].randomElement(using: &random) ?? 0
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                frame = good
                frame[Int.random(in: 1..<good.count, using: &random)] ^= 0x20
            }
            for origin in origins.prefix(3) {
                #expect(gate.handle(frame, from: origin).principal == nil)
            }
        }
    }
}
