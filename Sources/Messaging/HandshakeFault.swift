/// Why two machines could not agree to talk, as far as the dialing one can find out.
public enum HandshakeFault: Sendable, Hashable {
    /// The server's certificate is of another authority, out of date, or not for servers.
    case serverUntrusted
    /// The server's certificate is good but does not bear this name.
    case wrongName(expected: String)
    /// The server refuses our certificate: of another authority, out of date, or not for clients.
    case certificateRefused
    /// We show no certificate; the server hung up, as it does when it wants one.
    case certificateMissing
    /// The server speaks tcp without TLS.
    case speaksPlain
    /// The server hung up during the greeting.
    case hungUp
    /// The handshake failed and worked a moment later with less to check.
    case unclear

    var sentence: String {
        switch self {
        case .serverUntrusted:
            "its certificate comes from another authority, is out of date or is not for servers; "
                + "check the authority's certificate and the clocks of both machines."
        case .wrongName(let name):
            "its certificate does not bear the name \(name); check that this is the right cluster."
        case .certificateRefused:
            "it refused our certificate, which comes from another authority, is out of date or is "
                + "not for clients; join again, and check the clocks of both machines."
        case .certificateMissing:
            "it hung up because we showed no certificate; join the cluster first."
        case .speaksPlain:
            "it speaks tcp without TLS; write tcp:// if that is meant."
        case .hungUp:
            "it hung up during the greeting; check that the port is the coordinator's, and write "
                + "tls+tcp:// if it wants TLS."
        case .unclear:
            "TLS could not be agreed on; try again."
        }
    }
}
