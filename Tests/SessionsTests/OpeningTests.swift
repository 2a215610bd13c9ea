import Domain
import Identity
import Messaging
import Testing
import Wire

@testable import Sessions

@Suite struct `Opening a session` {
    private let gate: TestGate

    init() throws { gate = try TestGate(seed: 1) }

    @Test(arguments: Role.allCases)
    func `turns a certificate into a principal`(role: Role) throws {
        let session = try gate.session(try gate.node("\(role.rawValue):n-1"))
        let inner = role == .worker ? try workerRequest("n-1") : [ControlEnvelope.client, 1]
        let verdict = gate.send(inner, counter: 1, in: session)
        #expect(
            verdict
                == .deliver(
                    Principal(role: role, name: "n-1", session: session.id), inner: inner,
                    wrap: .session))
    }

    @Test func `says until when the session and the certificate last`() throws {
        let node = try gate.node("worker:w", life: 9 * 3_600_000)
        guard case .opened(_, _, let expires, let due) = try gate.open(node) else {
            Issue.record("not opened")
            return
        }
        #expect(expires == node.endsUnixMs)
        #expect(due == node.renewalDueUnixMs)
        guard case .opened(_, _, let long, _) = try gate.open(try gate.node("worker:v")) else {
            Issue.record("not opened")
            return
        }
        #expect(long == noon + 12 * 3_600_000)
    }

    @Test func `is refused with another cluster's certificate`() throws {
        let other = try TestGate(seed: 2)
        let reply = try gate.open(try other.node("worker:w"))
        #expect(reply.refusal == IdentityError.wrongAuthority(gate.authority.cluster).description)
    }

    @Test func `is refused with an expired certificate`() throws {
        let node = try gate.node("worker:w", life: day)
        gate.wait(day)
        #expect(try gate.open(node).refusal?.contains("ended at 2026-11-23T12:00:00Z") == true)
    }

    @Test func `is refused with a certificate that has not begun`() throws {
        let node = try gate.node("worker:w")
        gate.wait(-2 * 3_600_000)
        #expect(try gate.open(node).refusal?.contains("begins at") == true)
    }

    @Test func `is refused with the coordinator's and the probe's certificates`() throws {
        let node = try gate.node("worker:w")
        let own = try gate.change { _, now, random in
            try gate.authority.makeCoordinatorCredentials(nowUnixMs: now, random: &random)
        }
        for pair in [own.server, own.probe] {
            let der = try pemBody(pair.certificatePEM)
            let reply = try gate.open(node) { certificate, _, _ in certificate = der }
            #expect(reply.refusal?.contains("is no role and name") == true)
        }
    }

    @Test func `is refused with somebody else's certificate`() throws {
        let mine = try gate.node("worker:mine")
        let theirs = try gate.node("admin:theirs").certificateDER()
        let reply = try gate.open(mine) { certificate, _, _ in certificate = theirs }
        #expect(reply.refusal?.contains("not signed with the key of admin:theirs") == true)
    }

    @Test func `is refused when any part of it was changed`() throws {
        let node = try gate.node("worker:w")
        for index in [0, 31, 63] {
            let reply = try gate.open(node) { _, _, signature in signature[index] ^= 1 }
            #expect(reply.refusal?.contains("not signed") == true)
        }
        let nonce = try gate.open(node) { _, nonce, _ in nonce[5] ^= 1 }
        #expect(nonce.refusal?.contains("challenge") == true)
        let short = try gate.open(node) { certificate, _, _ in certificate.removeLast() }
        #expect(short.refusal?.contains("certificate cannot be used") == true)
        #expect(gate.change { gate, _, _ in gate.sessionCount } == 0)
    }

    @Test func `uses a challenge once`() throws {
        let node = try gate.node("worker:w")
        var copy: ([UInt8], [UInt8], [UInt8]) = ([], [], [])
        _ = try gate.open(node) { copy = ($0, $1, $2) }
        let again = SessionRequest.open(
            certificate: copy.0, nonce: copy.1, incarnation: 1, signature: copy.2)
        let verdict = gate.handle(try again.encoded(), from: .tls(PeerID(rawValue: 9)))
        #expect(verdict.refusal?.contains("too old or was used") == true)
        // Also when the first try with it failed.
        var nonce: [UInt8] = []
        _ = try gate.open(node) {
            nonce = $1
            $2[0] ^= 1
        }
        let reply = try gate.open(node) { _, used, _ in used = nonce }
        #expect(reply.refusal?.contains("too old or was used") == true)
    }

    @Test func `forgets a challenge after 30 seconds`() throws {
        let node = try gate.node("worker:w")
        let late = try gate.open(node) { _, _, _ in gate.wait(30_000) }
        #expect(late.refusal?.contains("too old") == true)
        guard case .opened = try gate.open(node, changing: { _, _, _ in gate.wait(29_999) }) else {
            Issue.record("29.999 s are in time")
            return
        }
    }

    @Test func `keeps a bounded number of challenges, the newest`() throws {
        let challenge = try SessionRequest.challenge.encoded()
        let node = try gate.node("worker:w")
        let reply = try gate.open(node) { _, _, _ in
            for peer in 0..<5_000 as Range<UInt32> {
                if peer % 20 == 0 { gate.wait(100) }
                _ = gate.handle(challenge, from: .tls(PeerID(rawValue: 100 + peer % 3_000)))
            }
        }
        #expect(reply.refusal?.contains("too old or was used") == true)
        #expect(gate.change { gate, _, _ in gate.challengeCount } == ChallengeBook.noncesMax)
    }

    @Test func `needs a challenge each, and so is slowed down as they are`() throws {
        let node = try gate.node("worker:w")
        var opened = 0
        for _ in 0..<25 {
            if case .opened? = try? gate.open(node) { opened += 1 }
        }
        #expect(opened == 20)
    }

    @Test func `is slowed down for one peer, and not for others`() throws {
        let challenge = try SessionRequest.challenge.encoded()
        let noisy = Origin.tls(PeerID(rawValue: 1))
        for _ in 0..<20 { #expect(gate.handle(challenge, from: noisy).problem == nil) }
        guard case .later(let wait, let text) = gate.handle(challenge, from: noisy).problem else {
            Issue.record("not slowed down")
            return
        }
        #expect(wait == 100)
        #expect(!text.isEmpty)
        #expect(gate.handle(challenge, from: .tls(PeerID(rawValue: 2))).problem == nil)
        gate.wait(99)
        #expect(gate.handle(challenge, from: noisy).problem != nil)
        gate.wait(1)
        #expect(gate.handle(challenge, from: noisy).problem == nil)
    }

    @Test func `is slowed down for all together`() throws {
        let challenge = try SessionRequest.challenge.encoded()
        var passed = 0
        for peer in 0..<2_100 as Range<UInt32> {
            let verdict = gate.handle(challenge, from: .tls(PeerID(rawValue: peer)))
            if verdict.problem == nil { passed += 1 }
        }
        #expect(passed == 2_000)
        gate.wait(1_000)
        for peer in 0..<500 as Range<UInt32> {
            let verdict = gate.handle(challenge, from: .tls(PeerID(rawValue: peer)))
            if verdict.problem == nil { passed += 1 }
        }
        #expect(passed == 2_200)
    }

    @Test func `keeps a bounded number of peers in mind`() throws {
        var buckets = TokenBuckets<Int>(
            burst: 1_000_000, perSecond: 1, sourceBurst: 2, sourcePerSecond: 1, sourcesMax: 10)
        let waits = (0...10).map { buckets.take($0, nowUnixMs: 0) }
        #expect(waits == Array(repeating: nil, count: 10) + [1_000])
        #expect(buckets.sourceCount == 10)
        let later = buckets.take(10, nowUnixMs: 1_000)
        #expect(later == nil)
        #expect(buckets.sourceCount == 1)
        // A clock that is set, however far, neither stops nor crashes it.
        for now in [Int64.max, .min, 0, .max] { _ = buckets.take(1, nowUnixMs: now) }
    }
}

/// The bytes of a PEM text with one part.
func pemBody(_ pem: String) throws -> [UInt8] {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bytes: [UInt8] = []
    var buffer = 0
    var bits = 0
    for line in pem.split(separator: "\n") where !line.hasPrefix("-") {
        for letter in line.utf8 {
            guard let value = letters.firstIndex(of: letter) else { continue }
            buffer = (buffer << 6 | value) & 0xffff
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(buffer >> bits & 255))
            }
        }
    }
    return bytes
}
