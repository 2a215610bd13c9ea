internal import Crypto
public import Domain

/// A node whose certificate was found good.
public struct VerifiedNode: Sendable {
    /// Who it is.
    public let identity: NodeIdentity
    /// The certificate's number, in hexadecimal.
    public let serial: String
    /// When the certificate begins, in milliseconds since 1970.
    public let beginsUnixMs: Int64
    /// When the certificate ends, in milliseconds since 1970.
    public let endsUnixMs: Int64
    /// The SHA-256 of its public key.
    public let keyFingerprint: Domain.Digest
    let publicKey: P256.Signing.PublicKey

    /// When a new certificate is due: after two thirds of this one's life.
    public var renewalDueUnixMs: Int64 { endsUnixMs - (endsUnixMs - beginsUnixMs) / 3 }
}

extension P256.Signing.PublicKey {
    var fingerprint: Domain.Digest { Domain.Digest(sha256Of: rawRepresentation) }
}
