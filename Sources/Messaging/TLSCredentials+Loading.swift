import CNNG

extension TLSCredentials {
    /// Builds nng's configuration; the caller frees it.
    @unsafe func makeConfiguration() throws(MessagingError) -> OpaquePointer {
        var made: OpaquePointer?
        let mode = isServer ? NNG_TLS_MODE_SERVER : NNG_TLS_MODE_CLIENT
        let result = unsafe nng_tls_config_alloc(&made, mode)
        guard let configuration = unsafe made, result == 0 else {
            throw .badCredentials(part: "any credentials: the library is out of memory")
        }
        do {
            try unsafe fill(configuration)
        } catch {
            unsafe Self.free(configuration)
            throw error
        }
        return unsafe configuration
    }

    @unsafe static func free(_ configuration: OpaquePointer) {
        unsafe nng_tls_config_free(configuration)
    }

    private func fill(_ configuration: OpaquePointer) throws(MessagingError) {
        if let authority {
            let loaded = unsafe nng_tls_config_ca_chain(configuration, authority, nil)
            guard loaded == 0 else {
                throw .badCredentials(part: "the authority's certificate")
            }
        }
        if let certificate, let key {
            let loaded = unsafe nng_tls_config_own_cert(configuration, certificate, key, nil)
            guard loaded == 0 else { throw .badCredentials(part: "the certificate and its key") }
        }
        if case .client(let name?) = role {
            let named = unsafe nng_tls_config_server_name(configuration, name)
            guard named == 0 else { throw .badCredentials(part: "the server's name") }
        }
        // Each side's default differs, so the mode is always said.
        let asks: nng_tls_auth_mode =
            switch role {
            case .server, .client: NNG_TLS_AUTH_MODE_REQUIRED
            case .doorstep, .unverifiedClient: NNG_TLS_AUTH_MODE_NONE
            }
        guard unsafe nng_tls_config_auth_mode(configuration, asks) == 0 else {
            throw .badCredentials(part: "the mode of verification")
        }
    }
}
