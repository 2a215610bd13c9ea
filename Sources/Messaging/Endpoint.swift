import CNNG
import Synchronization

/// Opening and closing of sockets, endpoints and contexts goes one at a time through this gate.
///
/// nng 1.5.2 has use-after-free races between creating and closing them (upstream #1610, #1657,
/// #1658). Nothing waits for a peer while it holds the gate.
let endpointGate = Mutex<Void>(())

/// Settings of a listener or a dialer, applied before it starts and never changed afterwards.
struct Endpoint: Sendable {
    /// Bounds of the wait before a reconnect, in milliseconds.
    ///
    /// nng doubles the bound from the first
    /// to the second and waits a random part of it. They are small for loopback and small clusters;
    /// a coordinator's accept is cheap.
    static let reconnectMillisecondsMin: Int32 = 200, reconnectMillisecondsMax: Int32 = 5_000
    /// Bytes beyond the body that nng counts against the limit: the request id, and one word more
    /// for each forwarding device (8 at most).
    static let headerBytesMax = 64
    /// The largest limit that anybody may ask for: no message is bigger than a chunk.
    static let receiveLimitMax = 1 << 30

    let address: Address
    let receiveLimit: Int
    let security: EndpointSecurity
    /// Permissions of an ipc listener's socket.
    let ipcMode: UInt16

    init(
        _ url: String, receiveLimit: Int, security: EndpointSecurity, ipcMode: UInt16 = 0o660
    ) throws(MessagingError) {
        precondition(receiveLimit > 0)
        precondition(receiveLimit <= Self.receiveLimitMax)
        address = try Address(url, security: security)
        self.receiveLimit = receiveLimit
        self.security = security
        self.ipcMode = ipcMode
    }

    /// The same endpoint at another address of the same transport, or with other credentials.
    func changed(
        to url: String? = nil, security: EndpointSecurity? = nil
    ) throws(MessagingError) -> Endpoint {
        try Endpoint(
            url ?? self.url, receiveLimit: receiveLimit, security: security ?? self.security,
            ipcMode: ipcMode)
    }

    var url: String { address.url }

    /// Creates a listener on `socket` without starting it.
    func makeListener(on socket: nng_socket) throws(MessagingError) -> nng_listener {
        var listener = nng_listener()
        try unsafe check(nng_listener_create(&listener, socket, url), while: .listening, at: url)
        do {
            try configure(listener)
        } catch {
            nng_listener_close(listener)
            throw error
        }
        return listener
    }

    /// Starts a listener; returns the URL with the real port.
    ///
    /// One that cannot start is closed.
    func start(_ listener: nng_listener) throws(MessagingError) -> String {
        do {
            try check(nng_listener_start(listener, 0), while: .listening, at: url)
            guard address.port == 0 else { return url }
            var port: Int32 = 0
            try unsafe check(
                nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port),
                while: .listening,
                at: url
            )
            return address.url(port: UInt16(truncatingIfNeeded: port))
        } catch {
            nng_listener_close(listener)
            throw error
        }
    }

    private func configure(_ listener: nng_listener) throws(MessagingError) {
        if address.transport != .inproc {
            try unsafe check(
                nng_listener_set_size(listener, NNG_OPT_RECVMAXSZ, wireLimit),
                while: .listening,
                at: url
            )
        }
        switch address.transport {
        case .tcp:
            for option in [NNG_OPT_TCP_NODELAY, NNG_OPT_TCP_KEEPALIVE] {
                try unsafe check(
                    nng_listener_set_bool(listener, option, true),
                    while: .listening,
                    at: url
                )
            }
        case .ipc:
            try unsafe check(
                nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, Int32(ipcMode)),
                while: .listening,
                at: url
            )
        case .inproc: break
        }
        try security.protect(listener, at: url)
    }

    /// Creates a dialer on `socket` without starting it.
    func makeDialer(on socket: nng_socket) throws(MessagingError) -> nng_dialer {
        var dialer = nng_dialer()
        try unsafe check(nng_dialer_create(&dialer, socket, url), while: .dialing, at: url)
        do {
            try configure(dialer)
        } catch {
            nng_dialer_close(dialer)
            throw error
        }
        return dialer
    }

    private func configure(_ dialer: nng_dialer) throws(MessagingError) {
        try unsafe check(
            nng_dialer_set_ms(dialer, NNG_OPT_RECONNMINT, Self.reconnectMillisecondsMin),
            while: .dialing,
            at: url
        )
        try unsafe check(
            nng_dialer_set_ms(dialer, NNG_OPT_RECONNMAXT, Self.reconnectMillisecondsMax),
            while: .dialing,
            at: url
        )
        if address.transport != .inproc {
            try unsafe check(
                nng_dialer_set_size(dialer, NNG_OPT_RECVMAXSZ, wireLimit),
                while: .dialing,
                at: url
            )
        }
        if address.transport == .tcp {
            for option in [NNG_OPT_TCP_NODELAY, NNG_OPT_TCP_KEEPALIVE] {
                try unsafe check(
                    nng_dialer_set_bool(dialer, option, true),
                    while: .dialing,
                    at: url
                )
            }
        }
        try security.protect(dialer, at: url)
    }

    private var wireLimit: Int { receiveLimit + Self.headerBytesMax }
}

extension Duration {
    /// Whole milliseconds for nng, rounded up; at least 1, because a timeout of zero can lose its
    /// completion in 1.5.2 (upstream #2208), and never a value that would mean "for ever".
    var nngMilliseconds: nng_duration {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        guard seconds >= 0, attoseconds >= 0 else { return 1 }
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return nng_duration(max(1, seconds * 1_000 + fraction))
    }
}
