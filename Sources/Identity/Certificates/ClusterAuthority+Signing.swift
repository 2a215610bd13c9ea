internal import Crypto
public import Domain
import Foundation
internal import SwiftASN1
internal import X509

extension ClusterAuthority {
    /// Signs a node's request: the certificate, DER, for clients only.
    ///
    /// Only the key is taken from the request. Who the certificate is made out to is `identity`,
    /// which comes from a token or a session.
    /// - Parameters:
    ///   - request: the certificate request, DER, at most 8 KiB.
    ///   - nowUnixMs: the wall clock, in milliseconds since 1970.
    ///   - lifeMilliseconds: ``leafLifeMilliseconds`` by default; never longer than the authority's
    ///     own.
    /// - Throws: ``IdentityError/malformedRequest(_:)``, ``IdentityError/noAuthorityKey(_:)`` or
    ///   ``IdentityError/authorityExpired(_:endedUnixMs:)``.
    public func sign(
        _ request: [UInt8], for identity: NodeIdentity, nowUnixMs: Int64,
        lifeMilliseconds: Int64? = nil,
        random: inout some RandomNumberGenerator
    ) throws(IdentityError) -> [UInt8] {
        let publicKey = try Self.publicKey(of: request)
        return try sign(
            LeafTerms(
                commonName: identity.commonName, usage: .clientAuth,
                nowUnixMs: nowUnixMs, lifeMilliseconds: lifeMilliseconds ?? leafLifeMilliseconds),
            publicKey: publicKey, random: &random)
    }

    /// The SHA-256 of the public key in a certificate request.
    ///
    /// - Throws: ``IdentityError/malformedRequest(_:)``, also when the request is not signed with
    ///   its own key.
    public static func keyFingerprint(ofRequest request: [UInt8]) throws(IdentityError)
        -> Domain
        .Digest
    {
        try publicKey(of: request).fingerprint
    }

    /// Makes the coordinator's own certificates, with keys of their own.
    ///
    /// The one for its listeners is for servers only and made out to
    /// ``ClusterID/serverName``; the one for its probe of itself is for clients only, and opens no
    /// session.
    public func makeCoordinatorCredentials(
        nowUnixMs: Int64, lifeMilliseconds: Int64? = nil,
        random: inout some RandomNumberGenerator
    ) throws(IdentityError) -> CoordinatorCredentials {
        let life = lifeMilliseconds ?? leafLifeMilliseconds
        let server = try pair(
            LeafTerms(
                commonName: "coordinator", usage: .serverAuth, serverName: cluster.serverName,
                nowUnixMs: nowUnixMs, lifeMilliseconds: life), random: &random)
        let probe = try pair(
            LeafTerms(
                commonName: "probe", usage: .clientAuth, nowUnixMs: nowUnixMs,
                lifeMilliseconds: life), random: &random)
        return CoordinatorCredentials(
            server: server, probe: probe, authorityPEM: certificate.pem, cluster: cluster)
    }

    private func pair(
        _ terms: LeafTerms, random: inout some RandomNumberGenerator
    ) throws(IdentityError) -> CertificatePair {
        let own = NodeKey(random: &random)
        let der = try sign(terms, publicKey: own.signing.publicKey, random: &random)
        return try CertificatePair(certificatePEM: CertificateText.pem(der: der), keyPEM: own.pem)
    }

    private func sign(
        _ terms: LeafTerms, publicKey: P256.Signing.PublicKey,
        random: inout some RandomNumberGenerator
    ) throws(IdentityError) -> [UInt8] {
        guard let key else { throw .noAuthorityKey(cluster) }
        guard terms.nowUnixMs < certificate.endsUnixMs else {
            throw .authorityExpired(cluster, endedUnixMs: certificate.endsUnixMs)
        }
        let end = min(terms.nowUnixMs + terms.lifeMilliseconds, certificate.endsUnixMs)
        // A short life is not to look half over at its start: renewal goes by its third part.
        let begin = terms.nowUnixMs - min(Self.backdatingMilliseconds, terms.lifeMilliseconds)
        let leafKey = Certificate.PublicKey(publicKey)
        do {
            let leaf = try Certificate(
                version: .v3, serialNumber: Self.serialNumber(random: &random),
                publicKey: leafKey,
                notValidBefore: Date(unixMs: begin),
                notValidAfter: Date(unixMs: end), issuer: certificate.certificate.subject,
                subject: try DistinguishedName { CommonName(terms.commonName) },
                extensions: try terms.extensions(leafKey, of: certificate.certificate),
                issuerPrivateKey: key)
            return try CertificateText.der(leaf)
        } catch {
            throw .malformedRequest("\(error)")
        }
    }

    private static func publicKey(
        of request: [UInt8]
    ) throws(IdentityError) -> P256.Signing.PublicKey {
        guard request.count <= CertificateText.bytesMax else {
            throw .malformedRequest("it has more than \(CertificateText.bytesMax) bytes")
        }
        guard let parsed = try? CertificateSigningRequest(derEncoded: request) else {
            throw .malformedRequest("its bytes are no PKCS #10 request")
        }
        guard let key = P256.Signing.PublicKey(parsed.publicKey) else {
            throw .malformedRequest("its key is not ECDSA P-256")
        }
        guard parsed.publicKey.isValidSignature(parsed.signature, for: parsed) else {
            throw .malformedRequest("it is not signed with its own key")
        }
        return key
    }
}

/// What is written into a certificate.
private struct LeafTerms {
    let commonName: String
    let usage: ExtendedKeyUsage.Usage
    var serverName: String?
    let nowUnixMs: Int64
    let lifeMilliseconds: Int64

    func extensions(
        _ key: Certificate.PublicKey, of authority: Certificate
    ) throws -> Certificate.Extensions {
        let issuer = try authority.extensions.subjectKeyIdentifier
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([usage])
            SubjectKeyIdentifier(hash: key)
            if let issuer { AuthorityKeyIdentifier(keyIdentifier: issuer.keyIdentifier) }
            if let serverName { SubjectAlternativeNames([.dnsName(serverName)]) }
        }
    }
}
