import CNNG

/// How the bytes of an endpoint are protected on their way.
public enum EndpointSecurity: Sendable, Hashable {
    /// Nothing is encrypted and nobody is authenticated: loopback and trusted networks only.
    case plain
    /// TLS 1.2 with these credentials; addresses begin with `tls+tcp://`.
    case tls(TLSCredentials)

    /// Prepares a listener that has not been started.
    func protect(_ listener: nng_listener, at url: String) throws(MessagingError) {
        guard case .tls(let credentials) = self else { return }
        precondition(credentials.isServer, "a listener needs a server's credentials")
        // Never on the socket: nng 1.5.2 keeps no reference there. The endpoint holds one of its
        // own, so that ours ends with this call.
        let configuration = unsafe try credentials.makeConfiguration()
        defer { unsafe nng_tls_config_free(configuration) }
        let pointer = unsafe UnsafeMutableRawPointer(configuration)
        try unsafe check(
            nng_listener_set_ptr(listener, NNG_OPT_TLS_CONFIG, pointer), while: .listening, at: url)
    }

    /// Prepares a dialer that has not been started.
    func protect(_ dialer: nng_dialer, at url: String) throws(MessagingError) {
        guard case .tls(let credentials) = self else { return }
        precondition(!credentials.isServer, "a dialer needs a client's credentials")
        let configuration = unsafe try credentials.makeConfiguration()
        defer { unsafe nng_tls_config_free(configuration) }
        let pointer = unsafe UnsafeMutableRawPointer(configuration)
        try unsafe check(
            nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, pointer), while: .dialing, at: url)
    }
}
