/// What one end of a TLS connection shows, and what it asks of the other end.
///
/// All texts are PEM. Keys are ECDSA P-256 or P-384, or RSA, in PKCS#8 or SEC1; nng's TLS knows no
/// Ed25519. Dates are checked against the wall clock when a connection is made, never later.
public struct TLSCredentials: Sendable, Hashable {
    enum Role: Sendable, Hashable {
        /// Refuses clients without a certificate of the authority.
        case server
        /// Lets everybody in: joiners have no certificate yet.
        case doorstep
        /// Refuses servers without a certificate of the authority that bears the name; nil checks
        /// no name, which only the search for a fault may do.
        case client(serverName: String?)
        /// Believes any server.
        case unverifiedClient
    }

    let role: Role
    let authority: String?
    let certificate: String?
    let key: String?

    /// For a listener whose clients must show a certificate of `authority` for client use.
    ///
    /// - Parameters:
    ///   - authority: certificates of the authorities that clients' certificates may come from.
    ///   - certificate: the listener's own, for server use, with intermediates if there are any.
    ///   - key: the private key of `certificate`.
    /// - Returns: the credentials, not yet loaded; see `validate`.
    public static func server(authority: String, certificate: String, key: String) -> Self {
        Self(role: .server, authority: authority, certificate: certificate, key: key)
    }

    /// For a listener that asks clients for no certificate: only where machines join.
    public static func doorstep(certificate: String, key: String) -> Self {
        Self(role: .doorstep, authority: nil, certificate: certificate, key: key)
    }

    /// For a dialer that accepts only a server of `authority` that bears `serverName`.
    ///
    /// - Parameters:
    ///   - authority: certificates of the authorities that the server's certificate may come from.
    ///   - serverName: a DNS name in the server's certificate. Addresses do not count here: TLS in
    ///     nng 1.5.2 never matches them, so the name is the same however the server is dialled.
    ///   - certificate: the dialer's own, for client use; a listener made with `server` wants it.
    ///   - key: the private key of `certificate`.
    /// - Returns: the credentials, not yet loaded; see `validate`.
    public static func client(
        authority: String, serverName: String, certificate: String? = nil, key: String? = nil
    ) -> Self {
        precondition((certificate == nil) == (key == nil), "a certificate goes with its key")
        return Self(
            role: .client(serverName: serverName), authority: authority, certificate: certificate,
            key: key)
    }

    /// For a dialer that believes any server: only to fetch the authority's certificate, which must
    /// then be compared with a digest known from elsewhere.
    public static func unverifiedClient() -> Self {
        Self(role: .unverifiedClient, authority: nil, certificate: nil, key: nil)
    }

    /// Loads everything once, as an endpoint would.
    ///
    /// Whether key and certificate belong together, and dates, show only in a handshake.
    /// - Throws: `badCredentials`.
    public func validate() throws(MessagingError) {
        unsafe Self.free(try makeConfiguration())
    }

    var isServer: Bool {
        switch role {
        case .server, .doorstep: true
        case .client, .unverifiedClient: false
        }
    }

    /// The same client with less to check, to find out which check failed.
    func relaxed(to role: Role) -> Self {
        Self(
            role: role, authority: role == .unverifiedClient ? nil : authority,
            certificate: certificate, key: key)
    }
}

extension TLSCredentials: CustomStringConvertible, CustomReflectable {
    /// Names the role and never shows a key.
    public var description: String {
        switch role {
        case .server: "TLS credentials of a server"
        case .doorstep: "TLS credentials of a doorstep"
        case .client(let name): "TLS credentials of a client of \(name ?? "any name")"
        case .unverifiedClient: "TLS credentials of an unverified client"
        }
    }

    /// Empty, so that no dump shows a key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
