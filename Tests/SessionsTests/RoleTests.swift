import Domain
import Identity
import Messaging
import Testing
import Wire

@testable import Sessions

@Suite struct `A role` {
    private let gate: TestGate

    init() throws { gate = try TestGate(seed: 6) }

    @Test func `may do what the table says and no more`() {
        let table: [Role: Set<Action>] = [
            .worker: [], .viewer: [.read], .submitter: [.read, .submit, .cancel],
            .admin: [.read, .submit, .cancel, .administer],
        ]
        for role in Role.allCases {
            for action in Action.allCases {
                let who = Principal(role: role, name: "n", session: nil)
                let isAllowed = table[role]?.contains(action) == true
                #expect(Permissions.allows(role, action) == isAllowed)
                let error = failure { try Permissions.check(who, may: action) }
                #expect(error == (isAllowed ? nil : .notAllowed("\(role.rawValue):n", action)))
            }
        }
        #expect(Permissions.blobRights(of: .worker) == nil)
        #expect(Permissions.blobRights(of: .viewer) == nil)
        #expect(Permissions.blobRights(of: .admin)?.mayPut == true)
    }

    @Test(arguments: ["viewer:n", "submitter:n", "admin:n"])
    func `of people may not speak as a worker`(who: String) throws {
        let session = try gate.session(try gate.node(who))
        let verdict = gate.send(try workerRequest("n"), counter: 1, in: session)
        #expect(verdict.refusal == "\(who) is no worker and may not speak as one.")
    }

    @Test func `of a worker may give no commands`() throws {
        let session = try gate.session(try gate.node("worker:w"))
        let verdict = gate.send([ControlEnvelope.client, 1], counter: 1, in: session)
        #expect(verdict.refusal == "worker:w is a worker and may not give commands.")
    }

    @Test func `of a worker lets it speak for itself only`() throws {
        let session = try gate.session(try gate.node("worker:mine"))
        func read(_ inner: [UInt8], _ counter: UInt64) throws -> WorkerRequest {
            guard
                case .deliver(let who, let inner, _) = gate.send(
                    inner, counter: counter, in: session)
            else { throw SessionError.refused("not delivered") }
            return try Permissions.workerRequest(decoding: inner, from: who)
        }
        #expect(try read(try workerRequest("mine"), 1).worker == WorkerID("mine"))
        let error = failure { _ = try read(try workerRequest("theirs"), 2) }
        #expect(error == .notThisWorker("worker:mine", WorkerID("theirs")))
        #expect(error?.description.contains("not its own") == true)
        let bodies: [WorkerRequest.Body] = [
            .release([lease(of: "mine"), lease(of: "theirs")]),
            .beat(
                running: [lease(of: "theirs")], dropped: [], damaged: [], anonymousBytes: 0),
        ]
        for (index, body) in bodies.enumerated() {
            #expect(
                failure {
                    _ = try read(try workerRequest("mine", body), 3 + UInt64(index))
                } == .notThisWorker("worker:mine", WorkerID("theirs")))
        }
        _ = try read(try workerRequest("mine", .release([lease(of: "mine")])), 9)
    }

    @Test func `does not matter where there are no sessions`() throws {
        let inner = try workerRequest("any", .release([lease(of: "another")]))
        for origin in [Origin.plain, .local(uid: 1_000), .local(uid: 0)] {
            guard case .deliver(let who, let bytes, let wrap) = gate.handle(inner, from: origin)
            else {
                Issue.record("not delivered from \(origin)")
                return
            }
            #expect(who.role == .admin)
            #expect(who.session == nil)
            #expect(wrap.wrap([1]) == [1])
            _ = try Permissions.workerRequest(decoding: bytes, from: who)
        }
        let stranger = gate.handle(inner, from: .local(uid: 1_001))
        #expect(stranger.refusal?.contains("serves the user 1000 and root") == true)
    }

    @Test func `cannot be had by plain frames over TLS, nor by joining there`() throws {
        let tls = Origin.tls(PeerID(rawValue: 1))
        for inner in [try workerRequest("w"), [ControlEnvelope.client, 1]] {
            #expect(gate.handle(inner, from: tls).refusal?.contains("sessions only") == true)
            #expect(gate.handle(inner, from: .doorstep(source: "x")) == .drop)
        }
        let fetch = try SessionRequest.fetchAuthority.encoded()
        #expect(gate.handle(fetch, from: tls).refusal?.contains("another port") == true)
        let challenge = try SessionRequest.challenge.encoded()
        #expect(
            gate.handle(challenge, from: .doorstep(source: "x")).refusal?.contains("for joining")
                == true)
        #expect(gate.handle(challenge, from: .plain).refusal?.contains("plain requests") == true)
        let renew = try SessionRequest.renew(request: [1]).encoded()
        #expect(gate.handle(renew, from: tls).refusal?.contains("within a session") == true)
    }

    @Test func `follows from the listener`() {
        func origin(
            _ channel: RequestOrigin.Channel, _ listener: String, allowsPlain: Bool = false
        ) -> Origin? {
            Origin(
                RequestOrigin(listener: listener, channel: channel, host: "10.0.0.7"),
                peer: PeerID(rawValue: 4), joinListener: "join", allowsPlain: allowsPlain)
        }
        #expect(origin(.tls, "control") == .tls(PeerID(rawValue: 4)))
        #expect(origin(.tls, "join") == .doorstep(source: "10.0.0.7"))
        #expect(origin(.ipc(uid: 5), "ipc") == .local(uid: 5))
        #expect(origin(.ipc(uid: nil), "ipc", allowsPlain: true) == nil)
        #expect(origin(.plain(isLoopback: true), "x") == nil)
        #expect(origin(.plain(isLoopback: false), "x", allowsPlain: true) == .plain)
    }

    @Test func `exists only where there is an authority`() throws {
        var random = Seeded(1)
        var bare = Gatekeeper(authority: nil, book: AccessBook(), ownUserID: 1)
        let challenge = try SessionRequest.challenge.encoded()
        for origin in [Origin.tls(PeerID(rawValue: 1)), .doorstep(source: "x")] {
            let verdict = bare.handle(challenge, from: origin, nowUnixMs: noon, random: &random)
            #expect(verdict.refusal?.contains("cluster init") == true)
        }
        #expect(
            failure { _ = try bare.issueToken(.worker, nowUnixMs: noon, random: &random) } != nil)
        let inner: [UInt8] = [ControlEnvelope.client, 1]
        #expect(
            bare.handle(inner, from: .plain, nowUnixMs: noon, random: &random).principal?.role
                == .admin)
    }
}
