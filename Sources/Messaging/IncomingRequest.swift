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
    /// What the listener can vouch for: how the peer is connected and from where.
    public let origin: RequestOrigin

    /// The doorman who still may count the peer among the strangers.
    struct Admission: Sendable {
        let doorman: Doorman
        let port: UInt16
    }

    private let admission: Admission?
    private let route: any ReplyRoute
    private let isAnswered = Atomic<Bool>(false)

    init(
        body: [UInt8], peer: PeerID, origin: RequestOrigin, admission: Admission? = nil,
        route: any ReplyRoute
    ) {
        self.body = body
        self.peer = peer
        self.origin = origin
        self.admission = admission
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
    /// - Parameters:
    ///   - bytes: the reply.
    ///   - admits: whether the peer has shown by this request that it belongs here. A doorman that
    ///     guards a listener without TLS counts its connection among the strangers until then, and
    ///     ends it if that takes long. False for refusals of those who have proven nothing.
    /// - Throws: `tooLarge`, with which the request stays open for another, smaller reply; `closed`
    ///   when the replier was closed.
    public func reply(_ bytes: [UInt8], admits: Bool = true) throws(MessagingError) {
        guard bytes.count <= route.replyLimit else {
            throw .tooLarge(bytes: bytes.count, limit: route.replyLimit)
        }
        let wasAnswered = isAnswered.exchange(true, ordering: .acquiringAndReleasing)
        precondition(!wasAnswered, "a request was answered twice")
        if admits, let admission { admission.doorman.admit(speakingFrom: admission.port) }
        do {
            try route.answer(bytes)
        } catch {
            isAnswered.store(false, ordering: .releasing)
            throw error
        }
    }
}
