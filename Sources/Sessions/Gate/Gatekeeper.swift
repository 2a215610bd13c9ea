public import Domain
public import Identity
public import Messaging
internal import Wire

/// Decides who may come in: frames go in, and principals or answers come out.
///
/// A pure value for the coordinator's own thread. Time and randomness come in as arguments. What
/// it decides about tokens must survive a crash: after each call, ``takeChangedBook()`` tells what
/// is to be stored before the answer is sent.
public struct Gatekeeper: Sendable {
    /// The authority; nil in a cluster without identities.
    public let authority: ClusterAuthority?
    let ownUserID: UInt32
    var bookValue: AccessBook
    var isBookChanged = false
    var challenges = ChallengeBook()
    var sessions = SessionTable()
    /// Enough for 1,000 workers that come back at once. Each opening costs the checks of two P-256
    /// signatures, and needs a challenge, which is what is rationed here.
    var handshakes = TokenBuckets<PeerID>(
        burst: 2_000, perSecond: 200, sourceBurst: 20, sourcePerSecond: 10)
    var joins = TokenBuckets<String>(
        burst: 100, perSecond: 20, sourceBurst: 20, sourcePerSecond: 5)

    /// A frame that every gate of a cluster with an authority answers at little cost: the question
    /// for a challenge. The coordinator asks itself so whether its listener lives.
    public static let ping: [UInt8] = (try? SessionRequest.challenge.encoded()) ?? []

    /// A gate that nobody has passed yet.
    ///
    /// - Parameters:
    ///   - authority: whose certificates are taken; nil refuses everything but plain frames.
    ///   - book: tokens, names and denials, as stored.
    ///   - ownUserID: the user that the coordinator runs as.
    public init(authority: ClusterAuthority?, book: AccessBook, ownUserID: UInt32) {
        self.authority = authority
        self.ownUserID = ownUserID
        bookValue = book
    }

    /// Tokens, names and denials as they are now.
    public var book: AccessBook { bookValue }
    /// How many sessions are open.
    public var sessionCount: Int { sessions.count }
    /// How many challenges wait for their answer.
    public var challengeCount: Int { challenges.count }

    /// The book, if it has changed since the last call; store it before anything is answered.
    public mutating func takeChangedBook() -> AccessBook? {
        defer { isBookChanged = false }
        return isBookChanged ? bookValue : nil
    }

    /// Looks at a frame.
    ///
    /// - Parameter nowUnixMs: the wall clock, in milliseconds since 1970.
    public mutating func handle(
        _ frame: [UInt8], from origin: Origin, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) -> Verdict {
        guard let kind = frame.first else { return .drop }
        switch origin {
        case .plain:
            return trusted(frame, kind, as: "(insecure)")
        case .local(let uid):
            guard uid == ownUserID || uid == 0 else {
                return refuse(
                    "This socket serves the user \(ownUserID) and root, and you are user \(uid); "
                        + "join the cluster with a token instead.")
            }
            return trusted(frame, kind, as: "(uid \(uid))")
        case .tls(let peer):
            switch kind {
            case SessionEnvelope.handshake:
                return handshake(frame, from: peer, nowUnixMs: nowUnixMs, random: &random)
            case SessionEnvelope.request:
                return sessionFrame(frame, nowUnixMs: nowUnixMs, random: &random)
            case ControlEnvelope.worker, ControlEnvelope.client:
                return refuse(
                    "This address takes requests of sessions only; join the cluster first.")
            default: return .drop
            }
        case .doorstep(let source):
            guard kind == SessionEnvelope.handshake else { return .drop }
            return doorstep(frame, from: source, nowUnixMs: nowUnixMs, random: &random)
        }
    }

    /// Forgets what is over; call it now and then.
    public mutating func prune(nowUnixMs: Int64) {
        sessions.prune(nowUnixMs: nowUnixMs)
        let before = bookValue.tokens.count
        bookValue.tokens.prune(nowUnixMs: nowUnixMs)
        if bookValue.tokens.count != before { isBookChanged = true }
    }

    /// A connection has ended.
    public mutating func forget(_ peer: PeerID) { handshakes.forget(peer) }

    /// The key for tickets that a worker can open: it derives the same from the session that it
    /// used last. Nil while the worker has no session.
    public func ticketKey(ofWorker worker: WorkerID) -> TicketKey? {
        guard let identity = try? NodeIdentity(role: .worker, name: worker.description) else {
            return nil
        }
        return sessions.knownKey(of: identity).map { TicketKey(derivedFrom: $0) }
    }

    // MARK: Frames of trusted places

    private func trusted(_ frame: [UInt8], _ kind: UInt8, as name: String) -> Verdict {
        guard kind == ControlEnvelope.worker || kind == ControlEnvelope.client else {
            return kind == SessionEnvelope.handshake || kind == SessionEnvelope.request
                ? refuse("This address takes plain requests only; use the cluster's tls address.")
                : .drop
        }
        return .deliver(
            Principal(role: .admin, name: name, session: nil), inner: frame, wrap: .plain)
    }

    // MARK: Frames of sessions

    private mutating func sessionFrame(
        _ bytes: [UInt8], nowUnixMs: Int64, random: inout some RandomNumberGenerator
    ) -> Verdict {
        guard bytes.count <= Limits.controlMessageBytes + SessionFrame.overhead,
            let frame = try? SessionFrame(decoding: bytes)
        else { return refuse(IdentityError.malformedSessionFrame.description) }
        guard let session = sessions[frame.session] else { return answer(.unknownSession) }
        guard !session.isOver(nowUnixMs: nowUnixMs) else {
            sessions.remove(frame.session)
            return answer(.unknownSession)
        }
        guard frame.isAuthentic(under: session.key) else {
            return refuse(IdentityError.wrongCode.description)
        }
        guard sessions.use(frame.session, counter: frame.counter, nowUnixMs: nowUnixMs) else {
            return refuse(IdentityError.replayedFrame(counter: frame.counter).description)
        }
        return inner(frame.inner, of: session, nowUnixMs: nowUnixMs, random: &random)
    }

    private mutating func inner(
        _ inner: [UInt8], of session: LiveSession, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) -> Verdict {
        let who = session.identity
        switch inner.first {
        case SessionEnvelope.handshake:
            return renew(inner, of: session, nowUnixMs: nowUnixMs, random: &random)
        case ControlEnvelope.worker where who.role != .worker:
            return refuse("\(who) is no worker and may not speak as one.")
        case ControlEnvelope.client where who.role == .worker:
            return refuse("\(who) is a worker and may not give commands.")
        case ControlEnvelope.worker, ControlEnvelope.client:
            return .deliver(
                Principal(role: who.role, name: who.name, session: session.id), inner: inner,
                wrap: .session)
        default: return refuse("The inner bytes are no request; use equal versions.")
        }
    }

    // MARK: Answers

    func refuse(_ sentence: String) -> Verdict { answer(.refused(sentence)) }

    func answer(_ problem: SessionProblem) -> Verdict {
        guard let bytes = try? problem.encoded() else { return .drop }
        return .answer(bytes)
    }

    func answer(_ reply: SessionReply, wrap: ReplyWrap = .plain) -> Verdict {
        guard let bytes = try? reply.encoded() else { return .drop }
        return .answer(wrap.wrap(bytes))
    }
}
