import Domain
import Identity
import Messaging
import Synchronization
import Testing
import Wire

@testable import Sessions

@Suite struct `Joining a cluster` {
    private let gate: TestGate

    init() throws { gate = try TestGate(seed: 21) }

    private func token(
        _ role: Role = .worker, name: String? = nil, uses: Int = 1, life: Int64 = day
    ) throws -> JoinToken {
        try gate.change { gate, now, random in
            try gate.issueToken(
                role, name: name, uses: uses, lifeMilliseconds: life, nowUnixMs: now,
                random: &random)
        }
    }

    private func join(
        _ token: JoinToken, as name: String = "w-1", key: NodeKey? = nil,
        at door: MemoryReplier? = nil
    ) throws -> NodeCredentials {
        let door = door ?? gate.doorstep()
        return try Joining.join(
            token: token, name: name, key: key ?? gate.newKey(), nowUnixMs: gate.now
        ) { _ in MemoryRequester(connectedTo: door) }
    }

    @Test(arguments: Role.allCases)
    func `makes a member of the role that the token names`(role: Role) throws {
        let node = try join(try token(role))
        #expect(node.identity == (try NodeIdentity(role: role, name: "w-1")))
        #expect(node.cluster.description == "test")
        #expect(node.endsUnixMs == noon + 60 * day)
        let session = try gate.session(node)
        let inner = role == .worker ? try workerRequest("w-1") : [ControlEnvelope.client, 1]
        #expect(gate.send(inner, counter: 1, in: session).principal?.role == role)
    }

    @Test func `asks the unverified only for the authority, and the verified for the rest`() throws
    {
        let trusts = Mutex<[TLSTrust]>([])
        let door = gate.doorstep()
        let token = try token()
        _ = try Joining.join(
            token: token, name: "w-1", key: gate.newKey(), nowUnixMs: gate.now
        ) { trust in
            trusts.withLock { $0.append(trust) }
            return MemoryRequester(connectedTo: door)
        }
        #expect(
            trusts.withLock { $0 } == [
                .unverified,
                .authority(pem: gate.authority.certificate.pem, serverName: "coordinator.test"),
            ])
        let frames = gate.state.withLock(\.frames)
        #expect(frames.count == 2)
        let first = String(decoding: frames[0], as: UTF8.self)
        #expect(!first.contains(String(token.text.suffix(26))))
    }

    @Test func `stops before it tells the token to another authority`() throws {
        let other = try TestGate(seed: 22)
        let token = try token()
        let error = failure { _ = try join(token, at: other.doorstep()) }
        #expect(error == .identity(.pinMismatch))
        #expect(other.state.withLock(\.frames).count == 1)
        // Nothing was used up.
        _ = try join(token)
    }

    @Test func `works once for a token, and again for the same key`() throws {
        let token = try token()
        let key = gate.newKey()
        let first = try join(token, key: key)
        let again = try join(token, key: key)
        #expect(again.pair.keyPEM == first.pair.keyPEM)
        #expect(
            failure { _ = try join(token, as: "w-2") }
                == .refused(IdentityError.spentToken(id: token.id).description))
    }

    @Test func `survives the loss of the answer`() throws {
        let losses = Mutex(1)
        let door = gate.doorstep { moment in
            // The answer to the join, which is the second one.
            guard moment == .reply else { return .none }
            return losses.withLock { left in
                left -= 1
                return left == -1 ? .drop : .none
            }
        }
        let token = try token()
        let key = gate.newKey()
        guard case .messaging = failure({ _ = try join(token, key: key, at: door) }) else {
            Issue.record("the answer was not lost")
            return
        }
        _ = try join(token, key: key, at: door)
    }

    @Test func `is refused with a token that expired, was withdrawn or never was`() throws {
        let old = try token(life: 60_000)
        gate.wait(60_000)
        #expect(
            failure { _ = try join(old) }
                == .refused(IdentityError.expiredToken(id: old.id).description))
        let withdrawn = try token()
        _ = try gate.change { gate, _, _ in try gate.revoke("token:\(withdrawn.id)") }
        #expect(
            failure { _ = try join(withdrawn) }
                == .refused(IdentityError.unknownToken(id: withdrawn.id).description))
        let real = try token().text
        let forged = try JoinToken(
            parsing: String(real.dropLast(26)) + String(repeating: "q", count: 26))
        #expect(
            failure { _ = try join(forged) }
                == .refused(IdentityError.unknownToken(id: forged.id).description))
    }

    @Test func `does not take a name that somebody has`() throws {
        let first = try join(try token(), as: "w-1")
        let taken = IdentityError.nameTaken(first.identity).description
        let second = try token()
        #expect(failure { _ = try join(second, as: "w-1") } == .refused(taken))
        // Another name, another role and the time after its end are free.
        _ = try join(second, as: "w-2")
        _ = try join(try token(.viewer), as: "w-1")
        gate.wait(60 * day)
        _ = try join(try token(), as: "w-1")
    }

    @Test func `moves a name with a token made for it, and ends the old certificate`() throws {
        let old = try join(try token(), as: "w-1")
        let session = try gate.session(old)
        let moving = try token(name: "w-1")
        #expect(
            failure { _ = try join(moving, as: "w-2") }?.description.contains("w-1 only") == true)
        let new = try join(moving, as: "w-1")
        #expect(
            gate.send(try workerRequest("w-1"), counter: 1, in: session).problem
                == .unknownSession)
        #expect(try gate.open(old).refusal?.contains("revoked") == true)
        _ = try gate.session(new)
    }

    @Test func `is refused to a name that was revoked, until it is readmitted`() throws {
        let node = try join(try token(), as: "w-1")
        _ = try gate.change { gate, _, _ in try gate.revoke("worker:w-1") }
        #expect(try gate.open(node).refusal?.contains("was revoked") == true)
        let bound = try token(name: "w-1")
        #expect(failure { _ = try join(bound) }?.description.contains("was revoked") == true)
        gate.change { gate, _, _ in gate.readmit(node.identity) }
        _ = try join(bound)
    }

    @Test(arguments: ["", "a b", "../x", "w:1", String(repeating: "n", count: 49)])
    func `is refused to a name that is none`(name: String) throws {
        let token = try token()
        #expect(failure { _ = try join(token, as: name) } != nil)
        _ = try join(token, as: "w-1")
    }

    @Test func `leaves the book to be stored before the answer goes out`() throws {
        _ = gate.change { gate, _, _ in gate.takeChangedBook() }
        let token = try token()
        #expect(gate.change { gate, _, _ in gate.takeChangedBook() } != nil)
        #expect(gate.change { gate, _, _ in gate.takeChangedBook() } == nil)
        _ = try join(token)
        let book = try #require(gate.change { gate, _, _ in gate.takeChangedBook() })
        #expect(failure { _ = try join(token, as: "w-9") } != nil)
        #expect(gate.change { gate, _, _ in gate.takeChangedBook() } == nil)
        // A restart with the stored book knows that the token was used.
        let bytes = try CanonicalJSON.encode(book)
        #expect(!String(decoding: bytes, as: UTF8.self).contains(String(token.text.suffix(26))))
        let stored = try CanonicalJSON.decode(AccessBook.self, from: bytes)
        gate.change { current, _, _ in
            current = Gatekeeper(authority: gate.authority, book: stored, ownUserID: 1_000)
        }
        #expect(
            failure { _ = try join(token, as: "w-9") }
                == .refused(IdentityError.spentToken(id: token.id).description))
    }

    @Test func `is not possible when the authority's key is elsewhere`() throws {
        var random = Seeded(5)
        let public_ = try ClusterAuthority(
            certificate: gate.authority.certificate, keyPEM: nil)
        var keyless = Gatekeeper(authority: public_, book: AccessBook(), ownUserID: 1_000)
        #expect(
            failure { _ = try keyless.issueToken(.worker, nowUnixMs: noon, random: &random) }
                == .identity(.noAuthorityKey(gate.authority.cluster)))
    }

    @Test func `is slowed down for one stranger, and not for another`() throws {
        let fetch = try SessionRequest.fetchAuthority.encoded()
        for _ in 0..<20 { #expect(gate.handle(fetch, from: .doorstep(source: "a")).problem == nil) }
        guard case .later = gate.handle(fetch, from: .doorstep(source: "a")).problem else {
            Issue.record("not slowed down")
            return
        }
        #expect(gate.handle(fetch, from: .doorstep(source: "b")).problem == nil)
    }

    @Test func `revokes what is named and nothing else`() throws {
        for bad in ["", "zz", "boss:x", "token:nothere", "worker:", "a"] {
            #expect(
                failure { _ = try gate.change { gate, _, _ in try gate.revoke(bad) } } != nil,
                "\(bad)")
        }
        let one = try join(try token(), as: "one")
        let two = try join(try token(), as: "two")
        let told = try gate.change { gate, _, _ in try gate.revoke(one.serial.uppercased()) }
        #expect(told.contains(one.serial))
        #expect(try gate.open(one).refusal != nil)
        #expect(try gate.open(two).refusal == nil)
    }
}
