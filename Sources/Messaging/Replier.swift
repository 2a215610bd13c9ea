import Synchronization

/// The answering side: one REP socket with a listener and a pool of contexts.
///
/// Each unanswered request holds one context, and the pool grows so that `reserve` contexts always
/// wait for requests, up to `maximumContexts`. Beyond that, requests of all peers wait in their
/// connections: raise an alarm when `parkedContexts` stays near zero.
public final class Replier: Sendable {
    /// The address it listens at, with the real port when port 0 was asked for.
    public let localURL: String

    private let reception: Reception

    /// Listens at `url` and hands each request to `onRequest`.
    ///
    /// - Parameters:
    ///   - url: `tcp://host:port` (port 0: any free one), `ipc:///path` (mode 660) or
    ///     `inproc://name`.
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
    public init(
        url: String,
        receiveLimit: Int,
        replyLimit: Int? = nil,
        reserve: Int = 32,
        maximumContexts: Int = 20_000,
        security: EndpointSecurity = .plain,
        onRequest: @escaping @Sendable (IncomingRequest) -> Void,
        onDisconnect: @escaping @Sendable (PeerID) -> Void
    ) throws(MessagingError) {
        precondition(reserve > 0)
        precondition(maximumContexts >= reserve)
        let endpoint = try Endpoint(url, receiveLimit: receiveLimit, security: security)
        let reception = try Reception(
            endpoint: endpoint,
            replyLimit: replyLimit ?? receiveLimit,
            reserve: reserve,
            linesMax: maximumContexts,
            onRequest: onRequest,
            onDisconnect: onDisconnect
        )
        localURL = try reception.open(endpoint)
        self.reception = reception
    }

    /// The last reference may die in a callback of nng, where closing would deadlock; so the
    /// maintenance thread closes.
    deinit { reception.stop() }

    /// Contexts that wait for a request now.
    public var parkedContexts: Int { reception.parkedLines.load(ordering: .relaxed) }

    /// All contexts: those that wait, and one for each request not yet answered.
    public var openContexts: Int { reception.openLines.load(ordering: .relaxed) }

    /// Closes the socket and all connections; the address is free when this returns.
    ///
    /// It blocks for a moment. Requests handed out before can no longer be answered (`closed`).
    /// Closing twice does nothing more.
    public func close() { reception.close() }
}
