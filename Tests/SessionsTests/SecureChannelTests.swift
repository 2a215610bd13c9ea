import Domain
import Foundation
import Identity
import Messaging
import Synchronization
import Testing
import Wire

@testable import Sessions

@Suite struct `The secure channel` {
    private let gate: TestGate
    private let patience = Duration.seconds(60)

    init() throws { gate = try TestGate(seed: 11) }

    @Test func `opens a session by itself and brings answers back`() throws {
        let listener = gate.tlsListener()
        let opened = Mutex<[OpenedSession]>([])
        let channel = gate.channel(try gate.node("worker:w"), over: listener) { session in
            opened.withLock { $0.append(session) }
        }
        #expect(channel.session == nil)
        let inner = try workerRequest("w")
        for _ in 0..<3 {
            #expect(try channel.request(inner, timeout: patience) == Array("echo ".utf8) + inner)
        }
        #expect(opened.withLock(\.count) == 1)
        #expect(gate.state.withLock(\.openings) == 1)
        let session = try #require(channel.session)
        #expect(session.expiresUnixMs == noon + 12 * 3_600_000)
        let who = gate.state.withLock(\.delivered).map(\.who)
        #expect(
            who
                == Array(
                    repeating: Principal(role: .worker, name: "w", session: session.id), count: 3))
        // Nothing of the inner requests, but their authentication, hides them: TLS does that.
        let frames = gate.state.withLock(\.frames)
        #expect(frames.count == 5)
        #expect(Set(frames).count == 5)
    }

    @Test func `shares its ticket key with the gate`() throws {
        let listener = gate.tlsListener()
        let channel = gate.channel(try gate.node("worker:w"), over: listener)
        _ = try channel.request(try workerRequest("w"), timeout: patience)
        let mine = try #require(channel.session).ticketKey
        let theirs = try #require(
            gate.change { gate, _, _ in gate.ticketKey(ofWorker: WorkerID("w")) })
        var random = Seeded(1)
        let pass = theirs.makePass(
            BlobRights(getAny: false, mayPut: true), expiresUnixMs: noon + 1, random: &random)
        let frame = try FrameSealer(pass: pass).seal([1], random: &random).frame
        #expect(try FrameOpener(mine).open(frame, nowUnixMs: noon).rights.mayPut)
    }

    @Test func `opens a new session when the old one is gone`() throws {
        let listener = gate.tlsListener()
        let channel = gate.channel(try gate.node("admin:a"), over: listener)
        let inner: [UInt8] = [ControlEnvelope.client, 1]
        _ = try channel.request(inner, timeout: patience)
        gate.wait(600_000)
        _ = try channel.request(inner, timeout: patience)
        #expect(gate.state.withLock(\.openings) == 2)
        #expect(gate.state.withLock(\.delivered).count == 2)
    }

    @Test func `gives up when no session is ever known`() throws {
        let listener = MemoryReplier(receiveLimit: 1 << 20) { request in
            guard request.body.first == SessionEnvelope.request else {
                let verdict = self.gate.handle(request.body, from: .tls(request.peer))
                if case .answer(let bytes) = verdict { try? request.reply(bytes) }
                return
            }
            try? request.reply((try? SessionProblem.unknownSession.encoded()) ?? [])
        }
        let channel = gate.channel(try gate.node("admin:a"), over: listener)
        let error = failure { _ = try channel.exchange([1], timeout: patience) }
        #expect(error?.description.contains("does not know this session") == true)
        #expect(error?.isRetryable == false)
    }

    @Test func `tells a refusal in the coordinator's words`() throws {
        let listener = gate.tlsListener()
        let node = try gate.node("worker:w")
        let channel = gate.channel(node, over: listener)
        _ = try gate.change { gate, _, _ in try gate.revoke("worker:w") }
        let sentence = IdentityError.revoked(node.identity).description
        #expect(
            failure { _ = try channel.exchange(try workerRequest("w"), timeout: patience) }
                == .refused(sentence))
        #expect(channel.lastError == .refused(sentence))
        let inner = try workerRequest("w")
        #expect(throws: MessagingError.self) { try channel.request(inner, timeout: patience) }
        do { _ = try channel.request(inner, timeout: patience) } catch {
            #expect(error.description.contains(sentence))
            #expect(!error.isRetryable)
        }
    }

    @Test func `notices within one request that it was revoked`() throws {
        let listener = gate.tlsListener()
        let channel = gate.channel(try gate.node("worker:w"), over: listener)
        let inner = try workerRequest("w")
        _ = try channel.request(inner, timeout: patience)
        let told = try gate.change { gate, _, _ in try gate.revoke("worker:w") }
        #expect(told.contains("1 open sessions"))
        let error = failure { _ = try channel.exchange(inner, timeout: patience) }
        #expect(error?.description.contains("revoked") == true)
        #expect(gate.state.withLock(\.delivered).count == 1)
    }

    @Test func `waits when the coordinator asks for it, while there is time`() throws {
        let listener = gate.tlsListener()
        let node = try gate.node("admin:a")
        for _ in 0..<20 {
            _ = gate.handle(
                try SessionRequest.challenge.encoded(), from: .tls(PeerID(rawValue: 1)))
        }
        let channel = gate.channel(node, over: listener)
        let inner: [UInt8] = [ControlEnvelope.client, 1]
        #expect(try channel.exchange(inner, timeout: patience).count == 7)
        guard case .busy = channel.lastError else {
            Issue.record("was never asked to wait")
            return
        }
        let impatient = gate.channel(node, over: listener)
        for _ in 0..<20 {
            _ = gate.handle(
                try SessionRequest.challenge.encoded(), from: .tls(PeerID(rawValue: 2)))
        }
        let error = failure { _ = try impatient.exchange(inner, timeout: .milliseconds(50)) }
        guard case .busy(let wait, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(wait == 100)
        #expect(error?.isRetryable == true)
        #expect(throws: MessagingError.timedOut(operation: .receiving, url: "memory://tls")) {
            try impatient.request(inner, timeout: .milliseconds(50))
        }
    }

    @Test func `passes losses of the connection on, and works after them`() throws {
        let faults = Mutex([MemoryFault.none, .none, .none, .none, .none, .none, .disconnect])
        let listener = gate.tlsListener { _ in
            faults.withLock { $0.isEmpty ? .none : $0.removeFirst() }
        }
        let channel = gate.channel(try gate.node("admin:a"), over: listener)
        let inner: [UInt8] = [ControlEnvelope.client, 1]
        _ = try channel.request(inner, timeout: patience)
        #expect(throws: MessagingError.connectionLost(url: "memory://tls")) {
            try channel.request(inner, timeout: patience)
        }
        _ = try channel.request(inner, timeout: patience)
        // A session outlives its connection.
        #expect(gate.state.withLock(\.openings) == 1)
    }

    @Test(arguments: 1..<12 as Range<UInt64>)
    func `never has a doubled request served twice`(seed: UInt64) throws {
        let random = Mutex(Seeded(seed))
        let listener = gate.tlsListener { _ in
            random.withLock { Int.random(in: 0..<3, using: &$0) == 0 ? .duplicate : .none }
        }
        let channel = gate.channel(try gate.node("admin:a"), over: listener)
        for number in 0..<40 as Range<UInt8> {
            // The answer of the first copy counts, unless it is overtaken by the second's refusal.
            _ = try? channel.request([ControlEnvelope.client, number], timeout: patience)
        }
        let served = gate.state.withLock(\.delivered).map(\.inner)
        #expect(Set(served).count == served.count)
        #expect(served.count == 40)
    }

    @Test func `serves many threads at once with one session`() throws {
        let listener = gate.tlsListener()
        let channel = gate.channel(try gate.node("admin:a"), over: listener)
        let wrong = Mutex(0)
        let group = DispatchGroup()
        for worker in 0..<8 as Range<UInt8> {
            group.enter()
            Thread {
                for number in 0..<50 as Range<UInt8> {
                    let inner = [ControlEnvelope.client, worker, number]
                    let answer = try? channel.exchange(inner, timeout: .seconds(60))
                    if answer != Array("echo ".utf8) + inner { wrong.withLock { $0 += 1 } }
                }
                group.leave()
            }.start()
        }
        group.wait()
        #expect(wrong.withLock { $0 } == 0)
        #expect(gate.state.withLock(\.openings) == 1)
        #expect(gate.state.withLock(\.delivered).count == 400)
    }

    @Test func `refuses to open in another cluster`() throws {
        let other = try TestGate(seed: 12, cluster: "other")
        let listener = other.tlsListener()
        let channel = gate.channel(try gate.node("admin:a"), over: listener)
        #expect(
            failure { _ = try channel.exchange([1], timeout: patience) }
                == .identity(.wrongAuthority(gate.authority.cluster)))
    }

    @Test(arguments: [[], [0], [0x52], [0x45, 9, 9], [0x41], [0x41, 1, 2, 3]] as [[UInt8]])
    func `survives a coordinator that talks nonsense`(answer: [UInt8]) throws {
        let listener = MemoryReplier(receiveLimit: 1 << 20) { try? $0.reply(answer) }
        let channel = gate.channel(try gate.node("admin:a"), over: listener)
        #expect(failure { _ = try channel.exchange([1], timeout: patience) } != nil)
    }
}

@Suite struct `Renewing a certificate` {
    private let gate: TestGate
    private let patience = Duration.seconds(60)

    init() throws { gate = try TestGate(seed: 13) }

    @Test func `gives a new key a certificate of the same name`() throws {
        let listener = gate.tlsListener()
        let node = try gate.node("worker:w")
        let channel = gate.channel(node, over: listener)
        gate.wait(40 * day)
        let fresh = try channel.renew(
            key: gate.newKey(), nowUnixMs: gate.now, timeout: patience)
        #expect(fresh.identity == node.identity)
        #expect(fresh.endsUnixMs == gate.now + 60 * day)
        #expect(fresh.serial != node.serial)
        #expect(gate.change { gate, _, _ in gate.takeChangedBook() } != nil)
        let after = gate.channel(fresh, over: listener, incarnation: 2)
        _ = try after.request(try workerRequest("w"), timeout: patience)
        // The old one is good until it ends: the answer might have been lost.
        _ = try gate.session(node, incarnation: 3)
    }

    @Test func `is refused to those who were revoked, and without a session`() throws {
        let node = try gate.node("worker:w")
        let session = try gate.session(node)
        let request = try SessionRequest.renew(request: try gate.newKey().makeRequest()).encoded()
        let plain = gate.handle(request, from: .tls(PeerID(rawValue: 1)))
        #expect(plain.refusal?.contains("within a session") == true)
        guard case .answer(let bytes) = gate.send(request, counter: 1, in: session) else {
            Issue.record("no answer")
            return
        }
        #expect(bytes.first == SessionEnvelope.reply)
        #expect(
            gate.send(request, counter: 1, in: session).refusal?.contains("came before") == true)
        let damaged = try SessionRequest.renew(request: [1, 2, 3]).encoded()
        #expect(
            gate.send(damaged, counter: 2, in: session).refusal?.contains("PKCS #10") == true)
        let other = try SessionRequest.challenge.encoded()
        #expect(
            gate.send(other, counter: 3, in: session).refusal?.contains("only renewing") == true)
        _ = try gate.change { gate, _, _ in try gate.revoke(node.serial) }
        #expect(gate.send(request, counter: 4, in: session).problem == .unknownSession)
    }
}
