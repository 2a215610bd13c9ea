import Synchronization

/// The way back for one request; used for exactly one of its two verbs, once.
protocol ReplyRoute: Sendable {
    /// The largest reply in bytes.
    var replyLimit: Int { get }
    /// Sends the reply; on an error the route is still unused.
    func answer(_ bytes: [UInt8]) throws(MessagingError)
    /// Gives the request up without a reply.
    func abandon()
}

/// A request that waits for its one reply.
///
/// It may be kept (long polls are parked for up to 25 s), moved to another thread and answered
/// there. Each one kept holds a context of the replier. Dropping the last reference without a reply
/// frees the context at once; the peer then hears nothing and times out.
public final class IncomingRequest: Sendable {
    /// What the peer sent.
    public let body: [UInt8]
    /// The connection on which it came.
    public let peer: PeerID

    private let route: any ReplyRoute
    private let isAnswered = Atomic<Bool>(false)

    init(body: [UInt8], peer: PeerID, route: any ReplyRoute) {
        self.body = body
        self.peer = peer
        self.route = route
    }

    deinit {
        guard !isAnswered.load(ordering: .acquiring) else { return }
        route.abandon()
    }

    /// Sends the reply; returns before it is delivered.
    ///
    /// Replying twice is a programmer's error.
    ///
    /// Success never means "delivered": a reply to a peer that has gone is dropped in silence, and
    /// a peer that reads nothing for 30 s loses it.
    /// - Throws: `tooLarge`, with which the request stays open for another, smaller reply; `closed`
    ///   when the replier was closed.
    public func reply(_ bytes: [UInt8]) throws(MessagingError) {
        guard bytes.count <= route.replyLimit else {
            throw .tooLarge(bytes: bytes.count, limit: route.replyLimit)
        }
        let wasAnswered = isAnswered.exchange(true, ordering: .acquiringAndReleasing)
        precondition(!wasAnswered, "a request was answered twice")
        do {
            try route.answer(bytes)
        } catch {
            isAnswered.store(false, ordering: .releasing)
            throw error
        }
    }
}
