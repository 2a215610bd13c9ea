internal import Crypto
internal import X509

/// A node's own key: ECDSA P-256, which nng's mbedTLS 2.28 can use (it cannot use Ed25519).
public struct NodeKey: Sendable {
    let signing: P256.Signing.PrivateKey

    /// A new key from `random`.
    public init(random: inout some RandomNumberGenerator) {
        var key: P256.Signing.PrivateKey?
        // Nearly every 32 bytes are a key: those below the group's order.
        while key == nil { key = try? P256.Signing.PrivateKey(rawRepresentation: random.bytes(32)) }
        guard let key else { preconditionFailure("the loop ends with a key") }
        signing = key
    }

    /// Reads a PKCS#8 or SEC1 key.
    ///
    /// - Throws: ``IdentityError/malformedKey``.
    public init(pem: String) throws(IdentityError) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else {
            throw .malformedKey
        }
        signing = key
    }

    /// The key as PKCS#8 PEM: a secret.
    public var pem: String { signing.pemRepresentation + "\n" }

    /// A certificate request, DER.
    ///
    /// It proves that its sender holds the key, and asks for nothing: who the certificate is made
    /// out to is decided by the token or the session.
    public func makeRequest() throws(IdentityError) -> [UInt8] {
        do {
            let request = try CertificateSigningRequest(
                version: .v1, subject: try DistinguishedName { CommonName("spokeshave") },
                privateKey: Certificate.PrivateKey(signing), attributes: .init())
            return try CertificateText.der(request)
        } catch {
            throw .malformedRequest("\(error)")
        }
    }
}

extension NodeKey: CustomStringConvertible {
    /// Says nothing of the secret.
    public var description: String { "NodeKey(secret)" }
}
