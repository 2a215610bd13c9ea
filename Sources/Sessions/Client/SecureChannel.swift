internal import Domain
import Foundation
public import Identity
public import Messaging
import Synchronization
internal import Wire

/// A channel to the coordinator on which every request proves its sender.
///
/// It opens a session on first use and a new one whenever the coordinator knows the old one no
/// more. Many threads may call at once. Requests are the inner bytes ('W…' or 'C…'), and so are the
/// replies.
public final class SecureChannel: RequestChannel {
    /// How long opening may take at most, whatever the caller's patience: 10 s.
    private static let openingSecondsMax = 10
    /// New sessions for one request before it is given up.
    private static let reopeningsMax = 3

    private struct State {
        var session: OpenedSession?
        /// Of all sessions of this channel, so that a late request of an old one repeats none.
        var counter: UInt64 = 0
        var lastError: SessionError?
    }

    private let channel: any RequestChannel
    private let credentialsInUse: Mutex<NodeCredentials>
    private let incarnation: UInt64
    private let address: String
    private let onSession: @Sendable (OpenedSession) -> Void
    private let pause: @Sendable (Duration) -> Void
    private let state = Mutex(State())
    /// One thread opens; the others wait for its session.
    private let gate = Mutex<Void>(())

    /// A channel over `channel`, without a session yet.
    ///
    /// - Parameters:
    ///   - channel: a requester whose TLS shows `credentials`.
    ///   - credentials: who this node is.
    ///   - incarnation: the number of this start of the node's process.
    ///   - address: for sentences.
    ///   - onSession: called with each new session, before its first request; a worker renews its
    ///     ``Identity/FrameOpener`` then.
    ///   - pause: waits when the coordinator says "later". The default sleeps.
    public init(
        over channel: any RequestChannel, credentials: NodeCredentials, incarnation: UInt64,
        address: String, onSession: @escaping @Sendable (OpenedSession) -> Void = { _ in },
        pause: (@Sendable (Duration) -> Void)? = nil
    ) {
        self.channel = channel
        credentialsInUse = Mutex(credentials)
        self.incarnation = incarnation
        self.address = address
        self.onSession = onSession
        self.pause = pause ?? { Thread.sleep(forTimeInterval: $0 / .seconds(1)) }
    }

    /// The last thing that went wrong, also when it was overcome; for logs.
    public var lastError: SessionError? { state.withLock(\.lastError) }

    /// The session at the moment; nil before the first request.
    public var session: OpenedSession? { state.withLock(\.session) }

    /// As ``exchange(_:timeout:)``, in the errors that all channels have.
    ///
    /// A refusal becomes `refusedByPeer`, whose text is the coordinator's sentence; a coordinator
    /// that is busy for too long becomes `timedOut`.
    public func request(_ bytes: [UInt8], timeout: Duration) throws(MessagingError) -> [UInt8] {
        do { return try exchange(bytes, timeout: timeout) } catch {
            switch error {
            case .messaging(let error): throw error
            case .busy: throw .timedOut(operation: .receiving, url: address)
            default: throw .refusedByPeer(text: error.description)
            }
        }
    }

    /// Opens later sessions with `fresh`, after the requester has been given it as well.
    public func use(_ fresh: NodeCredentials) {
        credentialsInUse.withLock { $0 = fresh }
    }

    private var credentials: NodeCredentials { credentialsInUse.withLock { $0 } }

    /// Ends the channel; requests under way fail.
    public func close() { channel.close() }

    /// Sends an inner request and waits for its inner answer.
    ///
    /// `timeout` must be positive; it spans everything, except that a thread may wait up to 10 s
    /// for another one that opens the session.
    /// - Throws: ``SessionError``; after a retryable one the request may have been served.
    public func exchange(
        _ inner: [UInt8], timeout: Duration
    ) throws(SessionError) -> [UInt8] {
        precondition(timeout > .zero)
        let deadline = ContinuousClock.now + timeout
        var reopenings = 0
        while true {
            do throws(SessionError) {
                let session = try openedSession(until: deadline)
                switch try attempt(inner, in: session, until: deadline) {
                case .success(let answer): return answer
                case .failure(.later(let milliseconds, let text)):
                    throw SessionError.busy(milliseconds: milliseconds, text)
                case .failure(.refused(let text)): throw SessionError.refused(text)
                case .failure(.unknownSession):
                    reopenings += 1
                    guard reopenings <= Self.reopeningsMax else {
                        throw SessionError(.unknownSession)
                    }
                    forget(session)
                }
            } catch {
                state.withLock { $0.lastError = error }
                try waitIfBusy(error, until: deadline)
            }
        }
    }

    /// Asks for a new certificate, with a new key, for the name that this node has.
    ///
    /// Store the credentials, then make a new requester and a new channel with them. The old ones
    /// stay good until their end, in case anything gets lost.
    public func renew(
        key: NodeKey, nowUnixMs: Int64, timeout: Duration
    ) throws(SessionError) -> NodeCredentials {
        let request: [UInt8]
        do {
            request = try SessionRequest.renew(request: try key.makeRequest()).encoded()
        } catch let error as IdentityError { throw .identity(error) } catch {
            throw .refused("\(error)")
        }
        guard
            case .joined(let certificate) = try Handshake.read(
                try exchange(request, timeout: timeout))
        else { throw .unexpectedAnswer(to: "wish for a new certificate") }
        do {
            let fresh = try NodeCredentials(
                certificate: certificate, key: key, authority: credentials.authority,
                nowUnixMs: nowUnixMs)
            guard fresh.identity == credentials.identity else {
                throw IdentityError.wrongName(fresh.identity.commonName)
            }
            return fresh
        } catch let error as IdentityError {
            throw .identity(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    // MARK: One request

    private enum Outcome {
        case success([UInt8])
        case failure(SessionProblem)
    }

    private func attempt(
        _ inner: [UInt8], in session: OpenedSession, until deadline: ContinuousClock.Instant
    ) throws(SessionError) -> Outcome {
        let counter = state.withLock { state in
            state.counter += 1
            return state.counter
        }
        let frame = SessionFrame.encode(
            inner, session: session.id, counter: counter, key: session.key)
        let answer: [UInt8]
        let patience = try remaining(until: deadline)
        do { answer = try channel.request(frame, timeout: patience) } catch {
            throw .messaging(error)
        }
        switch answer.first {
        case SessionEnvelope.reply: return .success(Array(answer.dropFirst()))
        case SessionEnvelope.problem:
            do { return .failure(try SessionProblem(decoding: answer)) } catch {
                throw .wire(error)
            }
        default: throw .unexpectedAnswer(to: "request of a session")
        }
    }

    private func remaining(
        until deadline: ContinuousClock.Instant
    ) throws(SessionError) -> Duration {
        let left = deadline - ContinuousClock.now
        guard left > .zero else {
            throw .messaging(.timedOut(operation: .receiving, url: address))
        }
        return left
    }

    /// Waits when the coordinator asked for it and there is time; throws everything else.
    private func waitIfBusy(
        _ error: SessionError, until deadline: ContinuousClock.Instant
    ) throws(SessionError) {
        guard case .busy(let milliseconds, _) = error else { throw error }
        let wait = Duration.milliseconds(max(1, milliseconds))
        guard ContinuousClock.now + wait < deadline else { throw error }
        pause(wait)
    }

    // MARK: Opening

    private func forget(_ session: OpenedSession) {
        state.withLock { state in
            if state.session?.id == session.id { state.session = nil }
        }
    }

    private func openedSession(
        until deadline: ContinuousClock.Instant
    ) throws(SessionError) -> OpenedSession {
        if let session = session { return session }
        return try gate.withLock { (_) throws(SessionError) in
            if let session = session { return session }
            let session = try open(until: deadline)
            onSession(session)
            state.withLock { $0.session = session }
            return session
        }
    }

    private func open(
        until deadline: ContinuousClock.Instant
    ) throws(SessionError) -> OpenedSession {
        let limit = min(deadline, ContinuousClock.now + .seconds(Self.openingSecondsMax))
        guard
            case .challenge(let nonce, let cluster) = try Handshake.ask(
                .challenge, over: channel, timeout: try remaining(until: limit))
        else { throw .unexpectedAnswer(to: "question for a challenge") }
        guard cluster == credentials.cluster.description else {
            throw .identity(.wrongAuthority(credentials.cluster))
        }
        let opening: SessionRequest
        do {
            let certificate = try credentials.certificateDER()
            let proof = SessionProof(
                cluster: credentials.cluster, nonce: nonce, incarnation: incarnation,
                certificate: certificate)
            opening = .open(
                certificate: certificate, nonce: nonce, incarnation: incarnation,
                signature: try proof.sign(with: try credentials.key()))
        } catch {
            throw .identity(error)
        }
        guard
            case .opened(let id, let key, let expires, let renewDue) = try Handshake.ask(
                opening, over: channel, timeout: try remaining(until: limit)),
            let id = SessionID(bytes: id), let key = SessionKey(bytes: key)
        else { throw .unexpectedAnswer(to: "opening of a session") }
        return OpenedSession(
            id: id, ticketKey: TicketKey(derivedFrom: key), expiresUnixMs: expires,
            renewDueUnixMs: renewDue, key: key)
    }
}
