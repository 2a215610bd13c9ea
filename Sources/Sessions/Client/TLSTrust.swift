/// Whom a connection believes, for those who make the connections.
public enum TLSTrust: Sendable, Hashable {
    /// Nobody in particular: only to fetch the authority's certificate, which is compared after.
    case unverified
    /// A server with a certificate of this authority (PEM), made out to `serverName`; nothing is
    /// shown to it.
    case authority(pem: String, serverName: String)
}
