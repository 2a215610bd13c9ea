import CNNG
import Foundation
import Synchronization

/// One listener of a replier: nng's, and the doorman in front of it if there is one.
final class ListenerPost: Sendable {
    private struct State {
        /// As nng listens now, with the credentials of the latest renewal.
        var endpoint: Endpoint
        var listener: nng_listener?
        var doorman: Doorman?
        /// Where the world finds it, with the real port.
        var url: String
    }

    let label: String
    let receiveLimit: Int
    private let front: Endpoint
    private let limits: DoormanLimits?
    private let state: Mutex<State>

    /// Prepares a listener; `receiveLimit` is for specifications that name none.
    init(_ specification: ListenerSpecification, receiveLimit: Int) throws(MessagingError) {
        self.receiveLimit = specification.receiveLimit ?? receiveLimit
        front = try Endpoint(
            specification.url, receiveLimit: self.receiveLimit, security: specification.security,
            ipcMode: specification.ipcMode)
        label = specification.label
        limits = specification.doorman
        guard limits == nil || front.address.transport == .tcp else {
            throw .invalidAddress(url: front.url)
        }
        state = Mutex(State(endpoint: front, url: front.url))
    }

    var url: String { state.withLock(\.url) }
    var doorman: Doorman? { state.withLock(\.doorman) }

    private var isTLS: Bool { front.security != .plain }

    /// Starts to listen on `socket`; `register` hears of nng's listener before its first request.
    func open(
        on socket: Socket, register: (nng_listener, ListenerPost) -> Void
    ) throws(MessagingError) {
        guard let limits else {
            let (listener, url) = try listen(at: front, on: socket, register: register)
            let endpoint = try front.changed(to: url)
            state.withLock { $0 = State(endpoint: endpoint, listener: listener, url: url) }
            return
        }
        let back = try front.changed(to: isTLS ? "tls+tcp4://127.0.0.1:0" : "tcp4://127.0.0.1:0")
        let (listener, backURL) = try listen(at: back, on: socket, register: register)
        let duty = Doorman.Duty(
            limits: limits, security: front.security, receiveLimit: receiveLimit)
        let doorman = try Doorman(
            at: front.address, backendPort: try port(of: backURL), duty: duty)
        state.withLock {
            $0 = State(endpoint: back, listener: listener, doorman: doorman, url: doorman.url)
        }
    }

    /// Replaces nng's listener by a new one, whose connections begin afresh.
    ///
    /// Behind a doorman the new one listens before the old one is closed; elsewhere the old one
    /// has to free the address first. Not to be called at once by two threads.
    func recycle(
        security: EndpointSecurity?, on socket: Socket,
        register: (nng_listener, ListenerPost) -> Void
    ) throws(MessagingError) {
        let (old, oldListener) = state.withLock { ($0.endpoint, $0.listener) }
        let endpoint = try old.changed(security: security)
        precondition((endpoint.security != .plain) == isTLS, "a listener keeps its transport")
        if case .tls(let credentials) = endpoint.security { try credentials.validate() }
        if let doorman {
            let (fresh, url) = try listen(at: endpoint, on: socket, register: register)
            doorman.moveBackend(to: try port(of: url))
            state.withLock { ($0.endpoint, $0.listener) = (endpoint, fresh) }
            close(oldListener)
            return
        }
        close(oldListener)
        state.withLock { ($0.endpoint, $0.listener) = (endpoint, nil) }
        let fresh = try listenAgain(at: endpoint, on: socket, register: register)
        state.withLock { $0.listener = fresh }
    }

    /// Where a request came from; nil when its connection has ended or went round the doorman.
    func origin(of pipe: nng_pipe) -> (RequestOrigin, IncomingRequest.Admission?)? {
        switch front.address.transport {
        case .inproc: return (RequestOrigin(listener: label, channel: .memory), nil)
        case .ipc:
            var uid: UInt64 = 0
            let result = unsafe nng_pipe_get_uint64(pipe, NNG_OPT_IPC_PEER_UID, &uid)
            let user = result == 0 ? UInt32(exactly: uid) : nil
            return (RequestOrigin(listener: label, channel: .ipc(uid: user)), nil)
        case .tcp:
            var address = nng_sockaddr()
            guard unsafe nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &address) == 0,
                let (near, port) = PeerAddress.reading(address)
            else { return nil }
            if limits == nil { return (origin(near), nil) }
            guard let doorman, let far = doorman.peer(speakingFrom: port) else { return nil }
            return (origin(far), IncomingRequest.Admission(doorman: doorman, port: port))
        }
    }

    private func origin(_ peer: PeerAddress) -> RequestOrigin {
        RequestOrigin(
            listener: label, channel: isTLS ? .tls : .plain(isLoopback: peer.isLoopback),
            host: peer.host)
    }

    private func close(_ listener: nng_listener?) {
        guard let listener else { return }
        endpointGate.withLock { _ in _ = nng_listener_close(listener) }
    }

    private func listen(
        at endpoint: Endpoint, on socket: Socket, register: (nng_listener, ListenerPost) -> Void
    ) throws(MessagingError) -> (nng_listener, String) {
        try endpointGate.withLock { (_) throws(MessagingError) in
            guard !socket.isClosed else { throw MessagingError.closed }
            let listener = try endpoint.makeListener(on: socket.handle)
            register(listener, self)
            return (listener, try endpoint.start(listener))
        }
    }

    /// nng may free the address of a closed listener a moment later.
    private func listenAgain(
        at endpoint: Endpoint, on socket: Socket, register: (nng_listener, ListenerPost) -> Void
    ) throws(MessagingError) -> nng_listener {
        for _ in 0..<200 {
            do {
                return try listen(at: endpoint, on: socket, register: register).0
            } catch .addressInUse {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
        throw .addressInUse(url: endpoint.url)
    }

    private func port(of url: String) throws(MessagingError) -> UInt16 {
        try Address(url, security: front.security).port ?? 0
    }
}
