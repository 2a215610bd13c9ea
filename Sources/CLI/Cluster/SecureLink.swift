import Domain
import Foundation
import Identity
import Messaging
import Sessions

/// Connections to a coordinator: plain, through a socket, or with certificates.
enum SecureLink {
    /// Whether the address needs a certificate.
    static func isGuarded(_ address: String) -> Bool { address.hasPrefix("tls+tcp") }

    /// A connection that shows the certificate of `credentials`.
    static func security(of credentials: NodeCredentials) -> EndpointSecurity {
        .tls(
            .client(
                authority: credentials.authority.pem, serverName: credentials.serverName,
                certificate: credentials.pair.certificatePEM, key: credentials.pair.keyPEM))
    }

    /// A channel for requests; fails with a clear sentence when nobody answers.
    static func open(
        _ address: String, identityFolder: URL, name: String
    ) throws -> any RequestChannel {
        let credentials =
            isGuarded(address) ? try IdentityFolder.credentials(in: identityFolder) : nil
        let security = credentials.map(security(of:)) ?? .plain
        try probe(address, security)
        let limit = Limits.controlMessageBytes + SessionFrame.overhead
        let requester = try Requester(
            url: address, receiveLimit: limit, name: name, security: security)
        guard let credentials else { return requester }
        // Commands have no state to take up again; each is a start of its own.
        return SecureChannel(
            over: requester, credentials: credentials,
            incarnation: UInt64(Date().timeIntervalSince1970 * 1_000), address: address)
    }

    static func probe(_ address: String, _ security: EndpointSecurity) throws {
        do {
            try Requester.probe(url: address, timeout: .seconds(5), security: security)
        } catch {
            throw CommandFailure(
                .unreachable,
                "No coordinator answers at \(address): \(error) Start one with “spokeshave "
                    + "coordinator”, or correct --coordinator.")
        }
    }

    /// A connection for joining: it shows nothing.
    static func connectForJoining(
        to address: String, _ trust: TLSTrust
    ) throws(MessagingError) -> any RequestChannel {
        let credentials: TLSCredentials =
            switch trust {
            case .unverified: .unverifiedClient()
            case .authority(let pem, let serverName):
                .client(authority: pem, serverName: serverName)
            }
        return try Requester(
            url: address, receiveLimit: 65_536, name: "join", security: .tls(credentials))
    }
}
