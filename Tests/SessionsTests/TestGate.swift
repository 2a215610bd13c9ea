import Domain
import Identity
import Messaging
import Synchronization
import Wire

@testable import Sessions

/// A gate with its clock and its network: two listeners over memory, and an echo behind the gate.
final class TestGate: Sendable {
    struct State: Sendable {
        var gate: Gatekeeper
        var random: Seeded
        var now = noon
        var delivered: [(who: Principal, inner: [UInt8])] = []
        /// Frames that arrived, for replaying.
        var frames: [[UInt8]] = []
        var answers: [[UInt8]] = []
        var openings = 0
    }

    let authority: ClusterAuthority
    let state: Mutex<State>

    init(seed: UInt64, cluster: String = "test") throws {
        var random = Seeded(seed)
        authority = try ClusterAuthority(
            creating: try ClusterID(cluster), nowUnixMs: noon, random: &random)
        state = Mutex(
            State(
                gate: Gatekeeper(authority: authority, book: AccessBook(), ownUserID: 1_000),
                random: random))
    }

    var now: Int64 { state.withLock(\.now) }
    func wait(_ milliseconds: Int64) { state.withLock { $0.now += milliseconds } }

    func handle(_ frame: [UInt8], from origin: Origin) -> Verdict {
        state.withLock { state in
            let now = state.now
            return state.gate.handle(frame, from: origin, nowUnixMs: now, random: &state.random)
        }
    }

    func change<Value: Sendable>(
        _ body: (inout Gatekeeper, Int64, inout Seeded) throws -> Value
    ) rethrows -> Value {
        try state.withLock { state in
            let now = state.now
            return try body(&state.gate, now, &state.random)
        }
    }

    /// Answers "echo" and the inner bytes, once each request has passed the gate.
    private func serve(_ request: IncomingRequest, from origin: Origin) {
        let verdict = handle(request.body, from: origin)
        let answer: [UInt8]?
        switch verdict {
        case .answer(let bytes): answer = bytes
        case .deliver(let who, let inner, let wrap):
            state.withLock { $0.delivered.append((who, inner)) }
            answer = wrap.wrap(Array("echo ".utf8) + inner)
        case .drop: answer = nil
        }
        state.withLock { state in
            state.frames.append(request.body)
            if let answer { state.answers.append(answer) }
            if case .open = try? SessionRequest(decoding: request.body) { state.openings += 1 }
        }
        if let answer { try? request.reply(answer) }
    }

    func tlsListener(
        faults: @escaping @Sendable (MemoryFault.Moment) -> MemoryFault = { _ in .none }
    ) -> MemoryReplier {
        MemoryReplier(name: "tls", receiveLimit: 2 << 20, faults: faults) { request in
            self.serve(request, from: .tls(request.peer))
        }
    }

    func doorstep(
        faults: @escaping @Sendable (MemoryFault.Moment) -> MemoryFault = { _ in .none }
    ) -> MemoryReplier {
        MemoryReplier(name: "doorstep", receiveLimit: 65_536, faults: faults) { request in
            self.serve(request, from: .doorstep(source: "10.0.0.\(request.peer.rawValue)"))
        }
    }

    // MARK: Nodes

    func node(_ commonName: String, life: Int64 = 60 * day) throws -> NodeCredentials {
        try change { _, now, random in
            let key = NodeKey(random: &random)
            let der = try authority.sign(
                try key.makeRequest(), for: try NodeIdentity(commonName: commonName),
                nowUnixMs: now, lifeMilliseconds: life, random: &random)
            return try NodeCredentials(
                certificate: der, key: key, authority: authority.certificate, nowUnixMs: now)
        }
    }

    func channel(
        _ node: NodeCredentials, over listener: MemoryReplier, incarnation: UInt64 = 1,
        onSession: @escaping @Sendable (OpenedSession) -> Void = { _ in }
    ) -> SecureChannel {
        SecureChannel(
            over: MemoryRequester(connectedTo: listener), credentials: node,
            incarnation: incarnation, address: "memory://tls", onSession: onSession,
            pause: { wait in self.wait(Int64(wait / .milliseconds(1)) + 1) })
    }

    func newKey() -> NodeKey { change { _, _, random in NodeKey(random: &random) } }

    /// Opens a session by hand.
    func open(
        _ node: NodeCredentials, incarnation: UInt64 = 1, peer: UInt32 = 1,
        changing: (inout [UInt8], inout [UInt8], inout [UInt8]) -> Void = { _, _, _ in }
    ) throws -> SessionReply {
        let origin = Origin.tls(PeerID(rawValue: peer))
        guard
            case .answer(let bytes) = handle(try SessionRequest.challenge.encoded(), from: origin),
            case .challenge(var nonce, let cluster) = try SessionReply(decoding: bytes)
        else { throw SessionError.unexpectedAnswer(to: "challenge") }
        var certificate = try node.certificateDER()
        var signature = try SessionProof(
            cluster: try ClusterID(cluster), nonce: nonce, incarnation: incarnation,
            certificate: certificate
        ).sign(with: try node.key())
        changing(&certificate, &nonce, &signature)
        let opening = SessionRequest.open(
            certificate: certificate, nonce: nonce, incarnation: incarnation, signature: signature)
        guard case .answer(let answer) = handle(try opening.encoded(), from: origin) else {
            throw SessionError.unexpectedAnswer(to: "opening")
        }
        return try SessionReply(decoding: answer)
    }

    /// A session's name and key, opened by hand.
    func session(
        _ node: NodeCredentials, incarnation: UInt64 = 1
    ) throws -> (id: SessionID, key: SessionKey) {
        guard
            case .opened(let id, let key, _, _) = try open(node, incarnation: incarnation),
            let id = SessionID(bytes: id), let key = SessionKey(bytes: key)
        else { throw SessionError.unexpectedAnswer(to: "opening") }
        return (id, key)
    }

    /// Sends a frame of a session.
    func send(
        _ inner: [UInt8], counter: UInt64, in session: (id: SessionID, key: SessionKey)
    ) -> Verdict {
        handle(
            SessionFrame.encode(inner, session: session.id, counter: counter, key: session.key),
            from: .tls(PeerID(rawValue: 1)))
    }
}

extension Verdict {
    /// The sentence of a refusal; nil for anything else.
    var refusal: String? {
        if case .refused(let text) = problem { return text }
        return nil
    }

    /// The problem in the answer, of a session's frame or of a handshake.
    var problem: SessionProblem? {
        guard case .answer(var bytes) = self else { return nil }
        if bytes.first == SessionEnvelope.reply { bytes.removeFirst() }
        if let problem = try? SessionProblem(decoding: bytes) { return problem }
        if case .problem(let problem) = try? SessionReply(decoding: bytes) { return problem }
        return nil
    }

    var principal: Principal? {
        if case .deliver(let principal, _, _) = self { return principal }
        return nil
    }
}

extension SessionReply {
    var refusal: String? {
        if case .problem(.refused(let text)) = self { return text }
        return nil
    }
}

func workerRequest(_ worker: String, _ body: WorkerRequest.Body = .goodbye) throws -> [UInt8] {
    [ControlEnvelope.worker]
        + (try WorkerRequest(
            worker: WorkerID(worker), incarnation: 1, sequence: 1, channel: "a", body: body
        ).encoded())
}

func lease(of worker: String) -> LeaseToken {
    LeaseToken(
        task: TaskID(job: JobID("j"), name: TaskName("t")), attempt: 1, worker: WorkerID(worker))
}
