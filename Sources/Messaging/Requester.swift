import CNNG
import Synchronization

/// The asking side: one REQ socket with one dialer, used by any number of threads at once.
///
/// The connection is made and remade in the background, after waits of up to 200 ms at first and up
/// to 5 s later. nng never resends by itself: a broken connection fails the request with
/// `connectionLost`, and the caller decides whether to ask again. One connection carries one
/// message at a time, so bulk data and heartbeats belong on two requesters.
public final class Requester: RequestChannel {
    /// Idle lines kept for the next requests; more concurrent requests than this open and close
    /// lines of their own.
    private static let idleLinesMax = 128

    private struct State {
        var dialer: nng_dialer
        /// With the latest credentials.
        var endpoint: Endpoint
        var idle: [RequestLine] = []
    }

    private let socket: Socket
    private let endpoint: Endpoint
    private let sendLimit: Int
    private let state: Mutex<State>

    /// Opens the socket and begins to dial `url` in the background.
    ///
    /// - Parameters:
    ///   - url: `tcp://host:port` or, with TLS, `tls+tcp://host:port`, `ipc:///path` or
    ///     `inproc://name`.
    ///   - receiveLimit: the largest reply in bytes, 1 to 1 GiB; a larger one breaks the
    ///     connection.
    ///   - sendLimit: the largest request in bytes; the default is `receiveLimit`.
    ///   - name: shown in nng's statistics; cut after 63 bytes.
    ///   - security: protection of the connection.
    /// - Throws: `invalidAddress`, `badCredentials`, or `failed` when the system is out of memory
    ///   or descriptors. An absent peer is no error here; see `probe`.
    public init(
        url: String,
        receiveLimit: Int,
        sendLimit: Int? = nil,
        name: String,
        security: EndpointSecurity = .plain
    ) throws(MessagingError) {
        let endpoint = try Endpoint(url, receiveLimit: receiveLimit, security: security)
        let socket = try Self.openSocket(url: url, name: name)
        self.endpoint = endpoint
        self.sendLimit = sendLimit ?? receiveLimit
        self.socket = socket
        do {
            state = Mutex(State(dialer: try Self.dial(endpoint, on: socket), endpoint: endpoint))
        } catch {
            socket.close()
            throw error
        }
    }

    deinit { close() }

    /// Sends `bytes` and blocks the calling thread until the reply is there.
    ///
    /// Never call it from the cooperative pool. `timeout` must be positive; it spans waiting for a
    /// connection, sending and the reply.
    /// - Throws: `tooLarge` before anything is sent, `timedOut`, `connectionLost` or `closed`.
    ///   After the retryable ones the replier may have served the request all the same.
    public func request(_ bytes: [UInt8], timeout: Duration) throws(MessagingError) -> [UInt8] {
        precondition(timeout > .zero)
        guard bytes.count <= sendLimit else {
            throw .tooLarge(bytes: bytes.count, limit: sendLimit)
        }
        let deadline = ContinuousClock.now + timeout
        let line = try takeLine()
        let reply: Message
        do {
            reply = try line.exchange(Message(copying: bytes, at: endpoint.url), until: deadline)
        } catch {
            // The line dies here: its context is closed and its aio reaped. A socket that is being
            // closed breaks its connection first, but the owner's own act is the cause to tell.
            throw socket.isClosed ? .closed : error
        }
        giveBack(line)
        // Only inproc has no limit of its own.
        guard reply.byteCount <= endpoint.receiveLimit else {
            throw .tooLarge(bytes: reply.byteCount, limit: endpoint.receiveLimit)
        }
        return reply.bytes()
    }

    /// Drops the connection and the dialer and begins to dial afresh.
    ///
    /// For the caller's watchdog: a connection that looks alive but answers nothing is replaced.
    /// And for renewed certificates. Requests under way fail with `connectionLost`.
    /// - Parameter security: new credentials from now on; nil keeps the present ones.
    /// - Throws: `closed`, `badCredentials`, `invalidAddress` when `security` does not go with the
    ///   address, or `failed` when the system is out of memory.
    public func redial(security: EndpointSecurity? = nil) throws(MessagingError) {
        try endpointGate.withLock { (_) throws(MessagingError) in
            guard !socket.isClosed else { throw MessagingError.closed }
            let (old, present) = state.withLock { ($0.dialer, $0.endpoint) }
            let endpoint = try present.changed(security: security)
            // Made before the old one is closed, so that bad credentials change nothing.
            let fresh = try endpoint.makeDialer(on: socket.handle)
            nng_dialer_close(old)
            state.withLock { ($0.dialer, $0.endpoint) = (fresh, endpoint) }
            try Self.start(fresh, at: endpoint.url)
        }
    }

    /// Closes the socket; requests under way fail with `closed`.
    ///
    /// It may block for a moment.
    public func close() {
        socket.close()
        state.withLock { $0.idle = [] }
    }

    private func takeLine() throws(MessagingError) -> RequestLine {
        guard !socket.isClosed else { throw .closed }
        if let idle = state.withLock({ $0.idle.popLast() }) { return idle }
        return try RequestLine(on: socket, url: endpoint.url)
    }

    private func giveBack(_ line: RequestLine) {
        state.withLock { state in
            guard !socket.isClosed, state.idle.count < Self.idleLinesMax else { return }
            state.idle.append(line)
        }
    }

    /// Opens a REQ socket that never resends by itself.
    static func openSocket(url: String, name: String) throws(MessagingError) -> Socket {
        let socket = try Socket(.request, url: url)
        // With a resend time, a reconnect or a long poll would show the request twice.
        let forever = NNG_DURATION_INFINITE
        let resend = unsafe nng_socket_set_ms(socket.handle, NNG_OPT_REQ_RESENDTIME, forever)
        let label = String(decoding: name.utf8.prefix(63), as: UTF8.self)
        let named = unsafe nng_socket_set_string(socket.handle, NNG_OPT_SOCKNAME, label)
        guard resend == 0, named == 0 else {
            socket.close()
            let code = resend == 0 ? named : resend
            throw MessagingError(code: code, operation: .opening, url: url)
        }
        return socket
    }

    private static func dial(
        _ endpoint: Endpoint,
        on socket: Socket
    ) throws(MessagingError) -> nng_dialer {
        try endpointGate.withLock { (_) throws(MessagingError) in
            let dialer = try endpoint.makeDialer(on: socket.handle)
            try start(dialer, at: endpoint.url)
            return dialer
        }
    }

    /// Must be called inside the gate.
    private static func start(_ dialer: nng_dialer, at url: String) throws(MessagingError) {
        let background = Int32(bitPattern: NNG_FLAG_NONBLOCK)
        try check(nng_dialer_start(dialer, background), while: .dialing, at: url)
    }
}
