/// A checked address: its text, its transport and, for tcp, its port.
struct Address: Sendable {
    enum Transport: Sendable { case tcp, ipc, inproc }

    let url: String
    let transport: Transport
    /// 0 asks the system for a free port; nil where the transport has none.
    let port: UInt16?

    /// Refuses transports that were not tested with nng 1.5.2 (its web sockets abort the process).
    init(_ url: String, security: EndpointSecurity) throws(MessagingError) {
        let schemes: [(String, Transport)] =
            switch security {
            case .plain:
                [
                    ("tcp://", .tcp), ("tcp4://", .tcp), ("tcp6://", .tcp), ("ipc://", .ipc),
                    ("inproc://", .inproc),
                ]
            }
        // nng keeps paths and names in 128 bytes, terminator included; a URL of that length
        // surely fits, and a socket path of the system is shorter still.
        guard let (scheme, transport) = schemes.first(where: { url.hasPrefix($0.0) }),
            url.utf8.count > scheme.utf8.count, url.utf8.count < 128, !url.utf8.contains(0)
        else { throw .invalidAddress(url: url) }
        self.url = url
        self.transport = transport
        guard transport == .tcp else {
            port = nil
            return
        }
        guard let colon = url.lastIndex(of: ":"), colon > url.index(url.startIndex, offsetBy: 4),
            let port = UInt16(url[url.index(after: colon)...])
        else { throw .invalidAddress(url: url) }
        self.port = port
    }

    /// The same address with another port.
    func url(port: UInt16) -> String {
        guard let colon = url.lastIndex(of: ":") else { return url }
        return url[...colon] + String(port)
    }
}
