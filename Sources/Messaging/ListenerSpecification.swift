/// One address at which a replier listens, and under which conditions.
public struct ListenerSpecification: Sendable {
    let url: String
    let label: String
    let receiveLimit: Int?
    let security: EndpointSecurity
    let ipcMode: UInt16
    let doorman: DoormanLimits?

    /// A listener of nng's own.
    ///
    /// - Parameters:
    ///   - url: `tcp://host:port` or, with TLS, `tls+tcp://host:port` (port 0: any free one),
    ///     `ipc:///path` or `inproc://name`.
    ///   - label: names the listener within its replier and in the origin of its requests; the
    ///     default is `url`.
    ///   - receiveLimit: the largest request in bytes, 1 to 1 GiB; the default is the replier's.
    ///   - security: protection of the connections; a server's credentials.
    ///   - ipcMode: permissions of an ipc socket, such as 0o600 (the owner) or 0o660 (the group).
    public init(
        url: String, label: String? = nil, receiveLimit: Int? = nil,
        security: EndpointSecurity = .plain, ipcMode: UInt16 = 0o660
    ) {
        self.init(
            url: url, label: label, receiveLimit: receiveLimit, security: security,
            ipcMode: ipcMode, doorman: nil)
    }

    /// A listener for strangers' networks, with a doorman in front of nng.
    ///
    /// nng 1.5.2 holds 40 KB and more for every connection that says nothing, takes as many bytes
    /// as the limit allows from each, and its TLS listener dies for good when a client vanishes at
    /// the wrong moment of its greeting (upstream #1518). The doorman listens in its place and
    /// keeps `limits`; nng's listener sits behind it on a port of the loopback interface. A process
    /// of this machine can find that port, but its requests are dropped.
    ///
    /// A connection is a stranger's until
    /// - TLS with certificates required: nng's end has finished the handshake, by which the client
    ///   has proven that it holds a certificate (nng sends its first record of data then);
    /// - no TLS: a request that came on it was answered with `reply(_:admits:)` and `admits` true;
    /// - TLS at a doorstep: for ever, so that each such connection ends after `limits.patience`.
    ///
    /// - Parameters: as for `init`, and `limits` for strangers.
    public static func guarded(
        url: String, label: String? = nil, receiveLimit: Int? = nil,
        security: EndpointSecurity = .plain, limits: DoormanLimits = DoormanLimits()
    ) -> Self {
        Self(
            url: url, label: label, receiveLimit: receiveLimit, security: security, ipcMode: 0,
            doorman: limits)
    }

    private init(
        url: String, label: String?, receiveLimit: Int?, security: EndpointSecurity,
        ipcMode: UInt16, doorman: DoormanLimits?
    ) {
        self.url = url
        self.label = label ?? url
        self.receiveLimit = receiveLimit
        self.security = security
        self.ipcMode = ipcMode
        self.doorman = doorman
    }
}
