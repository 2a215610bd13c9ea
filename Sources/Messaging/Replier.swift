import Synchronization

/// The answering side: one REP socket with its listeners and a pool of contexts.
///
/// Each unanswered request holds one context, and the pool grows so that `reserve` contexts always
/// wait for requests, up to `maximumContexts`. Beyond that, requests of all peers wait in their
/// connections: raise an alarm when `parkedContexts` stays near zero.
public final class Replier: Sendable {
    /// The addresses it listens at, in the order of their specifications, with the real ports where
    /// port 0 was asked for.
    public let localURLs: [String]

    /// The first of the addresses.
    public var localURL: String { localURLs[0] }

    let reception: Reception

    /// Listens at `url` and hands each request to `onRequest`.
    ///
    /// - Parameters:
    ///   - url: `tcp://host:port` or, with TLS, `tls+tcp://host:port` (port 0: any free one),
    ///     `ipc:///path` (mode 660) or `inproc://name`.
    ///   - receiveLimit: the largest request in bytes, 1 to 1 GiB; a larger one breaks the peer's
    ///     connection.
    ///   - replyLimit: the largest reply in bytes; the default is `receiveLimit`.
    ///   - reserve: contexts that wait for requests at all times, at least 1; the pool is refilled
    ///     to twice as many when fewer wait.
    ///   - maximumContexts: bound of the pool, at least `reserve`.
    ///   - security: protection of the connections.
    ///   - onRequest: called on threads of nng, at several at once. It must only enqueue: while it
    ///     blocks, the whole library stands still. It must not close the replier.
    ///   - onDisconnect: called on one own thread after a connection ended, soon for a closed one,
    ///     never for a peer that fell silent. A last request of that peer may arrive after it.
    /// - Throws: `addressInUse`, `invalidAddress`, or `failed` when the system is out of memory or
    ///   descriptors.
    public convenience init(
        url: String,
        receiveLimit: Int,
        replyLimit: Int? = nil,
        reserve: Int = 32,
        maximumContexts: Int = 20_000,
        security: EndpointSecurity = .plain,
        onRequest: @escaping @Sendable (IncomingRequest) -> Void,
        onDisconnect: @escaping @Sendable (PeerID) -> Void
    ) throws(MessagingError) {
        try self.init(
            listeners: [ListenerSpecification(url: url, security: security)],
            receiveLimit: receiveLimit, replyLimit: replyLimit, reserve: reserve,
            maximumContexts: maximumContexts, onRequest: onRequest, onDisconnect: onDisconnect)
    }

    /// Listens at several addresses at once and hands each request to `onRequest`, with the
    /// listener's label in its origin.
    ///
    /// - Parameters:
    ///   - listeners: at least one, with different labels.
    ///   - receiveLimit: the largest request in bytes where a listener does not say.
    ///   - replyLimit: the largest reply in bytes; the default is `receiveLimit`.
    ///   - reserve: contexts that wait for requests at all times, at least 1.
    ///   - maximumContexts: bound of the pool, at least `reserve`.
    ///   - onRequest: called on threads of nng; it must only enqueue.
    ///   - onDisconnect: called on one own thread after a connection ended.
    /// - Throws: as for one address, and `badCredentials`; then nothing listens.
    public init(
        listeners: [ListenerSpecification],
        receiveLimit: Int,
        replyLimit: Int? = nil,
        reserve: Int = 32,
        maximumContexts: Int = 20_000,
        onRequest: @escaping @Sendable (IncomingRequest) -> Void,
        onDisconnect: @escaping @Sendable (PeerID) -> Void
    ) throws(MessagingError) {
        precondition(reserve > 0)
        precondition(maximumContexts >= reserve)
        precondition(!listeners.isEmpty)
        precondition(Set(listeners.map(\.label)).count == listeners.count)
        let reception = try Reception(
            url: listeners[0].url,
            receiveLimit: receiveLimit,
            replyLimit: replyLimit ?? receiveLimit,
            reserve: reserve,
            linesMax: maximumContexts,
            onRequest: onRequest,
            onDisconnect: onDisconnect
        )
        localURLs = try reception.open(listeners)
        self.reception = reception
    }

    /// The last reference may die in a callback of nng, where closing would deadlock; so the
    /// maintenance thread closes.
    deinit { reception.stop() }

    /// Contexts that wait for a request now.
    public var parkedContexts: Int { reception.parkedLines.load(ordering: .relaxed) }

    /// All contexts: those that wait, and one for each request not yet answered.
    public var openContexts: Int { reception.openLines.load(ordering: .relaxed) }

    /// Replaces one listener by a new one at the same address, port included.
    ///
    /// For listeners that have died and for renewed certificates. Its connections end and are made
    /// anew by their dialers, which takes them up to 5 s. It blocks for a moment and must not be
    /// called by `onRequest`.
    /// - Parameters:
    ///   - label: names the listener; naming none is a programmer's error.
    ///   - security: new credentials from now on; nil keeps the present ones. TLS cannot become
    ///     plain or the other way round.
    /// - Throws: `badCredentials`, by which nothing has changed; `closed`; `addressInUse` when
    ///   another process took the address in that moment, or `failed`: then nothing listens there,
    ///   and a later call tries again.
    public func recycle(
        listener label: String, security: EndpointSecurity? = nil
    ) throws(MessagingError) {
        guard let post = reception.post(labelled: label) else {
            preconditionFailure("no listener is called \(label)")
        }
        try reception.recycle(post, security: security)
    }

    /// What the doorman of the listener with this label counts; nil when it has none.
    public func figures(of label: String) -> DoormanFigures? {
        reception.post(labelled: label)?.doorman?.figures
    }

    /// Closes the socket and all connections; the address is free when this returns.
    ///
    /// It blocks for a moment. Requests handed out before can no longer be answered (`closed`).
    /// Closing twice does nothing more.
    public func close() { reception.close() }
}
