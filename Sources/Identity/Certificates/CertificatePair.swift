internal import Crypto
internal import X509

/// A certificate with its key, both as PEM: what a TLS library wants to have.
public struct CertificatePair: Sendable, Equatable {
    /// The certificate.
    public let certificatePEM: String
    /// The key, PKCS#8: a secret.
    public let keyPEM: String
    /// When the certificate begins, in milliseconds since 1970.
    public let beginsUnixMs: Int64
    /// When the certificate ends, in milliseconds since 1970.
    public let endsUnixMs: Int64

    /// A pair that belongs together.
    ///
    /// - Throws: ``IdentityError/malformedCertificate(_:)``, ``IdentityError/malformedKey``, or
    ///   ``IdentityError/mismatchedKey(path:)`` naming `path`.
    public init(
        certificatePEM: String, keyPEM: String, path: String = "the pair"
    ) throws(IdentityError) {
        let certificate = try CertificateText.certificate(
            der: try CertificateText.der(pem: certificatePEM))
        let key = try NodeKey(pem: keyPEM)
        guard Certificate.PublicKey(key.signing.publicKey) == certificate.publicKey else {
            throw .mismatchedKey(path: path)
        }
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        beginsUnixMs = certificate.notValidBefore.unixMs
        endsUnixMs = certificate.notValidAfter.unixMs
    }

    /// When a new certificate is due: after two thirds of this one's life.
    public var renewalDueUnixMs: Int64 { endsUnixMs - (endsUnixMs - beginsUnixMs) / 3 }
}

extension CertificatePair: CustomStringConvertible {
    /// Says nothing of the secret.
    public var description: String { "CertificatePair(ends: \(endsUnixMs), key: secret)" }
}
