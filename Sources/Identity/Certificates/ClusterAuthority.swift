internal import Crypto
import Foundation
internal import SwiftASN1
internal import X509

/// A cluster's authority: its certificate, and the key that signs, when that is here.
///
/// The key may stay elsewhere (an external authority): then nothing can be signed here, and the
/// coordinator's own certificates come as files (``CoordinatorCredentials``).
public struct ClusterAuthority: Sendable {
    /// How long an authority lives: ten years.
    public static let lifeMilliseconds: Int64 = 3_652 * day
    /// How long the certificates live that it signs unless told otherwise: 60 days.
    public static let certificateLifeMilliseconds: Int64 = 60 * day
    /// Certificates begin that much before they are signed, for clocks that are behind: 1 hour.
    public static let backdatingMilliseconds: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    /// What everybody may know of it.
    public let certificate: AuthorityCertificate
    let key: Certificate.PrivateKey?
    /// How long the certificates live that it signs; 60 days by default.
    public var leafLifeMilliseconds = certificateLifeMilliseconds

    /// The cluster.
    public var cluster: ClusterID { certificate.cluster }
    /// Whether it can sign.
    public var canSign: Bool { key != nil }

    /// Makes a new authority: ECDSA P-256, self-signed, for certificates and nothing else.
    ///
    /// - Parameters:
    ///   - cluster: the cluster's name.
    ///   - nowUnixMs: the wall clock, in milliseconds since 1970.
    public init(
        creating cluster: ClusterID, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) throws(IdentityError) {
        let own = Certificate.PrivateKey(NodeKey(random: &random).signing)
        do {
            let name = try DistinguishedName { CommonName("Spokeshave cluster \(cluster)") }
            let certificate = try Certificate(
                version: .v3, serialNumber: Self.serialNumber(random: &random),
                publicKey: own.publicKey,
                notValidBefore: Date(unixMs: nowUnixMs - Self.backdatingMilliseconds),
                notValidAfter: Date(unixMs: nowUnixMs + Self.lifeMilliseconds),
                issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: own.publicKey)
                }, issuerPrivateKey: own)
            self.certificate = try AuthorityCertificate(
                der: try CertificateText.der(certificate), cluster: cluster)
            key = own
        } catch {
            throw .unsuitableAuthority("\(error)")
        }
    }

    /// An authority from its parts; `keyPEM` nil when the key is elsewhere.
    ///
    /// - Throws: ``IdentityError/malformedKey``, or ``IdentityError/mismatchedKey(path:)`` naming
    ///   `path`.
    public init(
        certificate: AuthorityCertificate, keyPEM: String?, path: String = "ca-key.pem"
    ) throws(IdentityError) {
        self.certificate = certificate
        guard let keyPEM else {
            key = nil
            return
        }
        guard let key = try? Certificate.PrivateKey(pemEncoded: keyPEM) else { throw .malformedKey }
        guard key.publicKey == certificate.certificate.publicKey else {
            throw .mismatchedKey(path: path)
        }
        self.key = key
    }

    /// 16 random bytes, positive and not zero.
    static func serialNumber(
        random: inout some RandomNumberGenerator
    ) -> Certificate.SerialNumber {
        var bytes = random.bytes(16)
        bytes[0] = bytes[0] & 0x3f | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }
}

extension ClusterAuthority: CustomStringConvertible {
    /// The cluster and whether it can sign; nothing of the key.
    public var description: String { "ClusterAuthority(\(cluster), canSign: \(canSign))" }
}
