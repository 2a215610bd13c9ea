public import Domain
public import Foundation

/// All that a joined machine has: its certificate and key, whom it trusts, and who it is.
///
/// They are one file, so that a certificate and its key never part at a crash.
public struct NodeCredentials: Sendable {
    private static let file = "credentials.json"

    /// The certificate with its key.
    public let pair: CertificatePair
    /// The authority.
    public let authority: AuthorityCertificate
    /// Who the certificate is made out to.
    public let identity: NodeIdentity
    /// The certificate's number, in hexadecimal.
    public let serial: String

    /// The cluster.
    public var cluster: ClusterID { authority.cluster }
    /// What the coordinator's certificate must be made out to.
    public var serverName: String { cluster.serverName }
    /// The role.
    public var role: Role { identity.role }
    /// The name.
    public var name: String { identity.name }
    /// When the certificate ends, in milliseconds since 1970.
    public var endsUnixMs: Int64 { pair.endsUnixMs }
    /// When a new certificate is due: after two thirds of this one's life.
    public var renewalDueUnixMs: Int64 { pair.renewalDueUnixMs }

    /// Credentials from a certificate that the coordinator just signed.
    ///
    /// - Parameter certificate: DER.
    /// - Throws: what ``AuthorityCertificate/verify(_:denied:nowUnixMs:)`` finds wrong, or
    ///   ``IdentityError/mismatchedKey(path:)``.
    public init(
        certificate: [UInt8], key: NodeKey, authority: AuthorityCertificate, nowUnixMs: Int64
    ) throws(IdentityError) {
        let node = try authority.verify(certificate, nowUnixMs: nowUnixMs)
        pair = try CertificatePair(
            certificatePEM: CertificateText.pem(der: certificate), keyPEM: key.pem,
            path: "the new certificate")
        self.authority = authority
        identity = node.identity
        serial = node.serial
    }

    /// The certificate, DER.
    public func certificateDER() throws(IdentityError) -> [UInt8] {
        try CertificateText.der(pem: pair.certificatePEM)
    }

    /// The key.
    public func key() throws(IdentityError) -> NodeKey { try NodeKey(pem: pair.keyPEM) }

    private struct Stored: Codable {
        var version: Int
        var cluster: ClusterID
        var authority: String
        var certificate: String
        var key: String
    }

    /// Whether `folder` has credentials.
    public static func exist(in folder: URL) -> Bool { SecretFolder(folder).contains(file) }

    /// Reads the credentials of `folder`, and checks them at the wall clock `nowUnixMs`.
    ///
    /// - Throws: ``IdentityError/missingFile(path:)``, ``IdentityError/exposedFile(path:)``,
    ///   ``IdentityError/unreadableFile(path:reason:)``, ``IdentityError/mismatchedKey(path:)``, or
    ///   that the certificate ended or has not begun.
    public init(loading folder: URL, nowUnixMs: Int64) throws(IdentityError) {
        let folder = SecretFolder(folder)
        let stored = try folder.json(Stored.self, Self.file, isSecret: true)
        guard stored.version == 1 else {
            throw .unreadableFile(
                path: folder.path(Self.file),
                reason: "it is of version \(stored.version), and this program knows version 1")
        }
        let (authority, certificate, key) = try folder.naming(Self.file) {
            () throws(IdentityError) in
            (
                try AuthorityCertificate(pem: stored.authority, cluster: stored.cluster),
                try CertificateText.der(pem: stored.certificate), try NodeKey(pem: stored.key)
            )
        }
        try self.init(
            certificate: certificate, key: key, authority: authority, nowUnixMs: nowUnixMs)
    }

    /// Writes the credentials into `folder`, in place of older ones; only the owner can read them.
    public func save(to folder: URL) throws(IdentityError) {
        try SecretFolder(folder).write(
            json: Stored(
                version: 1, cluster: cluster, authority: authority.pem,
                certificate: pair.certificatePEM, key: pair.keyPEM), to: Self.file)
    }
}

extension NodeCredentials: CustomStringConvertible {
    /// Who and where; nothing of the key.
    public var description: String { "\(identity) of cluster \(cluster)" }
}
