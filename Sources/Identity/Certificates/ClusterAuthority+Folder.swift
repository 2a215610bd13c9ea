public import Foundation
internal import SwiftASN1
internal import X509

extension ClusterAuthority {
    private static let certificateFile = "ca.pem"
    private static let keyFile = "ca-key.pem"
    private static let clusterFile = "cluster.json"

    private struct ClusterFile: Codable {
        var cluster: ClusterID
        var version: Int
    }

    /// Whether `folder` has an authority.
    public static func exists(in folder: URL) -> Bool {
        let folder = SecretFolder(folder)
        return folder.contains(certificateFile) || folder.contains(keyFile)
    }

    /// Reads ca.pem, cluster.json and, when it is there, ca-key.pem.
    ///
    /// - Throws: ``IdentityError/missingFile(path:)``,
    ///   ``IdentityError/unreadableFile(path:reason:)``,
    ///   ``IdentityError/exposedFile(path:)`` when others may read the key, or
    ///   ``IdentityError/mismatchedKey(path:)``.
    public init(loading folder: URL) throws(IdentityError) {
        let folder = SecretFolder(folder)
        let named = try folder.json(ClusterFile.self, Self.clusterFile)
        guard named.version == 1 else {
            throw .unreadableFile(
                path: folder.path(Self.clusterFile),
                reason: "it is of version \(named.version), and this program knows version 1")
        }
        let pem = try folder.text(Self.certificateFile)
        let certificate = try folder.naming(Self.certificateFile) { () throws(IdentityError) in
            try AuthorityCertificate(pem: pem, cluster: named.cluster)
        }
        let keyPEM =
            folder.contains(Self.keyFile) ? try folder.text(Self.keyFile, isSecret: true) : nil
        self = try folder.naming(Self.keyFile) { () throws(IdentityError) in
            try ClusterAuthority(certificate: certificate, keyPEM: keyPEM)
        }
    }

    /// Writes the authority into `folder`, which is made and closed to other users.
    ///
    /// - Throws: ``IdentityError/authorityExists(folder:)``: an authority is never overwritten;
    ///   or ``IdentityError/unwritableFile(path:reason:)``.
    public func save(to folder: URL) throws(IdentityError) {
        guard !Self.exists(in: folder) else { throw .authorityExists(folder: folder.path) }
        let files = SecretFolder(folder)
        try files.write(json: ClusterFile(cluster: cluster, version: 1), to: Self.clusterFile)
        if let key {
            guard let document = try? key.serializeAsPEM() else { throw .malformedKey }
            try files.write(Array((document.pemString + "\n").utf8), to: Self.keyFile)
        }
        // Last, because it is what tells that an authority is there.
        try files.write(Array(certificate.pem.utf8), to: Self.certificateFile)
    }
}
