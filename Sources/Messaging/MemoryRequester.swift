import Synchronization

/// The twin of `Requester` without a network, for tests.
public final class MemoryRequester: RequestChannel {
    private struct State {
        var peer: PeerID
        var isClosed = false
    }

    private let replier: MemoryReplier
    private let state: Mutex<State>

    /// Connects to a replier in the same process.
    public init(connectedTo replier: MemoryReplier) {
        self.replier = replier
        state = Mutex(State(peer: replier.newPeer()))
    }

    deinit { close() }

    /// Sends `bytes` and blocks until the reply is there.
    ///
    /// `timeout` must be positive; it is waited for only while a request is kept unanswered. Losses
    /// by the fault plan, and requests dropped by the handler, fail at once with `timedOut`.
    /// - Throws: `tooLarge`, `timedOut`, `connectionLost` or `closed`.
    public func request(_ bytes: [UInt8], timeout: Duration) throws(MessagingError) -> [UInt8] {
        precondition(timeout > .zero)
        guard bytes.count <= replier.limit else {
            throw .tooLarge(bytes: bytes.count, limit: replier.limit)
        }
        let peer = try state.withLock { (state) throws(MessagingError) in
            guard !state.isClosed else { throw MessagingError.closed }
            return state.peer
        }
        do {
            return try replier.exchange(bytes, from: peer, timeout: timeout)
        } catch {
            if case .connectionLost = error { reconnect(after: peer) }
            throw error
        }
    }

    /// Ends the channel; requests under way fail with `closed` and the replier hears of it.
    public func close() {
        let peer: PeerID? = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed ? nil : state.peer
        }
        if let peer { replier.disconnect(peer, error: .closed) }
    }

    /// Several requests may fail with one connection; the first of them makes the new one.
    private func reconnect(after lost: PeerID) {
        let fresh = replier.newPeer()
        state.withLock { state in
            if state.peer == lost { state.peer = fresh }
        }
    }
}
