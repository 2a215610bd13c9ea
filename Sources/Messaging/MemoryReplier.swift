import Synchronization

/// The twin of `Replier` without a network, for tests: delivers on the requester's own thread and
/// loses, doubles or breaks what its fault plan says.
public final class MemoryReplier: Sendable {
    private struct State {
        var peersSoFar: UInt32 = 0
        var isClosed = false
        /// Requests under way.
        var calls: [(peer: PeerID, call: MemoryCall)] = []
    }

    let url: String
    let limit: Int
    private let origin: RequestOrigin
    private let faults: @Sendable (MemoryFault.Moment) -> MemoryFault
    private let onRequest: @Sendable (IncomingRequest) -> Void
    private let onDisconnect: @Sendable (PeerID) -> Void
    private let state = Mutex(State())

    /// Makes a replier that hands each request to `onRequest`.
    ///
    /// - Parameters:
    ///   - name: for the `memory://` address in errors.
    ///   - receiveLimit: the largest request and the largest reply in bytes, at least 1.
    ///   - origin: what requests say about where they come from.
    ///   - faults: asked once for each message in each direction; by default all arrive. Seed it
    ///     for repeatable tests.
    ///   - onRequest: called on the thread of the requester, before it waits.
    ///   - onDisconnect: called when a requester closes or a fault breaks its connection.
    public init(
        name: String = "test",
        receiveLimit: Int,
        origin: RequestOrigin = RequestOrigin(listener: "memory", channel: .memory),
        faults: @escaping @Sendable (MemoryFault.Moment) -> MemoryFault = { _ in .none },
        onRequest: @escaping @Sendable (IncomingRequest) -> Void,
        onDisconnect: @escaping @Sendable (PeerID) -> Void = { _ in }
    ) {
        precondition(receiveLimit > 0)
        url = "memory://\(name)"
        limit = receiveLimit
        self.origin = origin
        self.faults = faults
        self.onRequest = onRequest
        self.onDisconnect = onDisconnect
    }

    /// Fails all requests under way with `connectionLost`; later ones fail with `timedOut`.
    public func close() {
        let calls = state.withLock { state in
            state.isClosed = true
            defer { state.calls = [] }
            return state.calls.map(\.call)
        }
        for call in calls { call.settle(.failure(.connectionLost(url: url))) }
    }

    func newPeer() -> PeerID {
        state.withLock { state in
            state.peersSoFar += 1
            return PeerID(rawValue: state.peersSoFar)
        }
    }

    /// Breaks the connection of `peer`; its requests under way fail with `error`.
    func disconnect(_ peer: PeerID, error: MessagingError) {
        let calls = state.withLock { state in
            defer { state.calls.removeAll { $0.peer == peer } }
            return state.calls.filter { $0.peer == peer }.map(\.call)
        }
        for call in calls { call.settle(.failure(error)) }
        onDisconnect(peer)
    }

    /// Delivers a request as the fault plan says and waits for its outcome.
    func exchange(
        _ bytes: [UInt8],
        from peer: PeerID,
        timeout: Duration
    ) throws(MessagingError) -> [UInt8] {
        let fault = faults(.request)
        let call = MemoryCall(copies: fault == .duplicate ? 2 : 1, url: url)
        try state.withLock { (state) throws(MessagingError) in
            guard !state.isClosed else { throw .timedOut(operation: .sending, url: url) }
            state.calls.append((peer, call))
        }
        defer { state.withLock { state in state.calls.removeAll { $0.call === call } } }
        switch fault {
        case .drop: call.loseCopy()
        case .disconnect: disconnect(peer, error: .connectionLost(url: url))
        case .none: deliver(bytes, from: peer, for: call)
        case .duplicate:
            deliver(bytes, from: peer, for: call)
            deliver(bytes, from: peer, for: call)
        }
        return try call.wait(for: timeout)
    }

    private func deliver(_ bytes: [UInt8], from peer: PeerID, for call: MemoryCall) {
        let route = MemoryRoute(replier: self, peer: peer, call: call)
        onRequest(IncomingRequest(body: bytes, peer: peer, origin: origin, route: route))
    }

    /// Delivers a reply as the fault plan says.
    fileprivate func answer(_ bytes: [UInt8], to peer: PeerID, for call: MemoryCall) {
        switch faults(.reply) {
        case .none: call.settle(.success(bytes))
        case .duplicate:
            call.settle(.success(bytes))
            call.settle(.success(bytes))
        case .drop: call.loseCopy()
        case .disconnect: disconnect(peer, error: .connectionLost(url: url))
        }
    }

    fileprivate var isClosed: Bool { state.withLock(\.isClosed) }
}

/// The way back through memory.
private struct MemoryRoute: ReplyRoute {
    let replier: MemoryReplier
    let peer: PeerID
    let call: MemoryCall

    var replyLimit: Int { replier.limit }

    func answer(_ bytes: [UInt8]) throws(MessagingError) {
        guard !replier.isClosed else { throw .closed }
        replier.answer(bytes, to: peer, for: call)
    }

    func abandon() {
        call.loseCopy()
    }
}
