import CNNG

/// How the bytes of an endpoint are protected on their way.
///
/// TLS joins as a second case that carries the certificates. Its two places are marked by the
/// switches below, which then set `NNG_OPT_TLS_CONFIG` on the endpoint (never on the socket: nng
/// 1.5.2 keeps no reference there), and by `Address`, which then allows `tls+tcp`.
public enum EndpointSecurity: Sendable, Hashable {
    /// Nothing is encrypted and nobody is authenticated: loopback and trusted networks only.
    case plain

    /// Prepares a listener that has not been started.
    func protect(_ listener: nng_listener) throws(MessagingError) {
        switch self {
        case .plain: break
        }
    }

    /// Prepares a dialer that has not been started.
    func protect(_ dialer: nng_dialer) throws(MessagingError) {
        switch self {
        case .plain: break
        }
    }
}
