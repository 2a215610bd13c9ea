internal import Crypto
public import Domain
import Foundation
internal import X509

/// The public part of a cluster's authority: what everybody may know, and trusts.
public struct AuthorityCertificate: Sendable {
    /// The cluster.
    public let cluster: ClusterID
    /// The certificate, DER.
    public let der: [UInt8]
    let certificate: Certificate

    /// Takes an authority's certificate.
    ///
    /// It may be self-signed, or an intermediate of another authority: it is the anchor either way.
    /// - Throws: ``IdentityError/malformedCertificate(_:)`` or
    ///   ``IdentityError/unsuitableAuthority(_:)`` when it may not sign certificates, or has a key
    ///   that mbedTLS 2.28 cannot check.
    public init(der: [UInt8], cluster: ClusterID) throws(IdentityError) {
        let certificate = try CertificateText.certificate(der: der)
        let constraints = try? certificate.extensions.basicConstraints
        guard case .isCertificateAuthority = constraints else {
            throw .unsuitableAuthority("it is not marked as an authority (CA:TRUE)")
        }
        if let usage = try? certificate.extensions.keyUsage, !usage.keyCertSign {
            throw .unsuitableAuthority("its key usage does not allow it to sign certificates")
        }
        guard Curve25519.Signing.PublicKey(certificate.publicKey) == nil else {
            throw .unsuitableAuthority("its key is Ed25519, which mbedTLS 2.28 cannot check")
        }
        self.cluster = cluster
        self.der = der
        self.certificate = certificate
    }

    /// Takes an authority's certificate as PEM.
    public init(pem: String, cluster: ClusterID) throws(IdentityError) {
        try self.init(der: try CertificateText.der(pem: pem), cluster: cluster)
    }

    /// The certificate as PEM.
    public var pem: String { CertificateText.pem(der: der) }

    /// The SHA-256 of the certificate's DER bytes: what join tokens pin.
    public var pin: Domain.Digest { Domain.Digest(sha256Of: der) }

    /// When the authority ends, in milliseconds since 1970.
    public var endsUnixMs: Int64 { certificate.notValidAfter.unixMs }

    /// Checks a certificate that a node presents, at the wall clock `nowUnixMs`.
    ///
    /// - Throws: the first of these that is wrong:
    ///   ``IdentityError/malformedCertificate(_:)``, ``IdentityError/wrongAuthority(_:)``,
    ///   ``IdentityError/authorityExpired(_:endedUnixMs:)``, ``IdentityError/wrongName(_:)``,
    ///   ``IdentityError/wrongUsage(_:)``,
    ///   ``IdentityError/notYetValid(_:beginsUnixMs:nowUnixMs:)``,
    ///   ``IdentityError/expiredCertificate(_:endedUnixMs:nowUnixMs:)``,
    ///   ``IdentityError/revoked(_:)``.
    public func verify(
        _ der: [UInt8], denied: DenyList = DenyList(), nowUnixMs: Int64
    ) throws(IdentityError) -> VerifiedNode {
        let presented = try CertificateText.certificate(der: der)
        guard presented.issuer == certificate.subject,
            certificate.publicKey.isValidSignature(presented.signature, for: presented)
        else { throw .wrongAuthority(cluster) }
        guard nowUnixMs < endsUnixMs else {
            throw .authorityExpired(cluster, endedUnixMs: endsUnixMs)
        }
        let node = try Self.node(of: presented)
        try Self.checkUsage(of: presented, for: node.identity)
        guard nowUnixMs >= node.beginsUnixMs else {
            throw .notYetValid(
                node.identity, beginsUnixMs: node.beginsUnixMs, nowUnixMs: nowUnixMs)
        }
        guard nowUnixMs < node.endsUnixMs else {
            throw .expiredCertificate(
                node.identity, endedUnixMs: node.endsUnixMs, nowUnixMs: nowUnixMs)
        }
        guard !denied.contains(node) else { throw .revoked(node.identity) }
        return node
    }

    private static func node(of presented: Certificate) throws(IdentityError) -> VerifiedNode {
        guard let publicKey = P256.Signing.PublicKey(presented.publicKey) else {
            throw .malformedCertificate("its key is not ECDSA P-256")
        }
        guard presented.version == .v3 else {
            throw .malformedCertificate("it is not of X.509 version 3")
        }
        let known: Set = [
            "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.35", "2.5.29.37",
        ]
        guard presented.extensions.allSatisfy({ !$0.critical || known.contains("\($0.oid)") })
        else { throw .malformedCertificate("it has a critical extension that is not known here") }
        guard let commonName = presented.subject.commonName else { throw .wrongName("") }
        return VerifiedNode(
            identity: try NodeIdentity(commonName: commonName),
            serial: presented.serialNumber.hex, beginsUnixMs: presented.notValidBefore.unixMs,
            endsUnixMs: presented.notValidAfter.unixMs, keyFingerprint: publicKey.fingerprint,
            publicKey: publicKey)
    }

    /// A node's certificate is for clients and for nothing else: a stolen one can neither pose as
    /// the coordinator nor sign others.
    private static func checkUsage(
        of presented: Certificate, for identity: NodeIdentity
    ) throws(IdentityError) {
        let extensions = presented.extensions
        guard let usages = try? extensions.extendedKeyUsage, usages.elementsEqual([.clientAuth])
        else { throw .wrongUsage(identity) }
        if let usage = try? extensions.keyUsage, !usage.digitalSignature || usage.keyCertSign {
            throw .wrongUsage(identity)
        }
        if case .isCertificateAuthority = try? extensions.basicConstraints {
            throw .wrongUsage(identity)
        }
    }
}

extension Date {
    var unixMs: Int64 { Int64((timeIntervalSince1970 * 1_000).rounded()) }

    init(unixMs: Int64) {
        self.init(timeIntervalSince1970: Double(unixMs) / 1_000)
    }
}

extension Certificate.SerialNumber {
    /// Lower-case hexadecimal digits, two a byte.
    var hex: String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
