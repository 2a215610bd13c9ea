/// A checked address: its text, its transport and, for tcp, its port.
struct Address: Sendable {
    enum Transport: Sendable { case tcp, ipc, inproc }

    let url: String
    let transport: Transport
    /// 0 asks the system for a free port; nil where the transport has none.
    let port: UInt16?
    private let scheme: String

    /// Refuses transports that were not tested with nng 1.5.2 (its web sockets abort the process).
    init(_ url: String, security: EndpointSecurity) throws(MessagingError) {
        let schemes: [(String, Transport)] =
            switch security {
            case .plain:
                [
                    ("tcp://", .tcp), ("tcp4://", .tcp), ("tcp6://", .tcp), ("ipc://", .ipc),
                    ("inproc://", .inproc),
                ]
            case .tls: [("tls+tcp://", .tcp), ("tls+tcp4://", .tcp), ("tls+tcp6://", .tcp)]
            }
        // nng keeps paths and names in 128 bytes, terminator included; a URL of that length
        // surely fits, and a socket path of the system is shorter still.
        guard let (scheme, transport) = schemes.first(where: { url.hasPrefix($0.0) }),
            url.utf8.count > scheme.utf8.count, url.utf8.count < 128, !url.utf8.contains(0)
        else { throw .invalidAddress(url: url) }
        self.url = url
        self.transport = transport
        self.scheme = scheme
        guard transport == .tcp else {
            port = nil
            return
        }
        let place = url.dropFirst(scheme.count)
        guard let colon = place.lastIndex(of: ":"), let port = UInt16(place[colon...].dropFirst())
        else { throw .invalidAddress(url: url) }
        self.port = port
    }

    /// The same address with another port.
    func url(port: UInt16) -> String {
        guard let colon = url.lastIndex(of: ":") else { return url }
        return url[...colon] + String(port)
    }

    /// The host of a tcp address as the system's resolver takes it; nil for all interfaces.
    var host: String? {
        let place = url.dropFirst(scheme.count)
        guard let colon = place.lastIndex(of: ":") else { return nil }
        let host = place[..<colon]
        if host.isEmpty || host == "*" { return nil }
        guard host.hasPrefix("["), host.hasSuffix("]") else { return String(host) }
        return String(host.dropFirst().dropLast())
    }

    /// The family of addresses that the scheme asks for: 4, 6 or, for any, nil.
    var family: Int? {
        scheme.hasSuffix("4://") ? 4 : scheme.hasSuffix("6://") ? 6 : nil
    }
}
