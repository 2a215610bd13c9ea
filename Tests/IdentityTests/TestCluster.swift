import Domain
import Foundation

@testable import Identity

/// Authorities, nodes and folders for tests.
enum TestCluster {
    static func authority(
        _ random: inout Seeded, cluster: String = "test", at now: Int64 = noon
    ) throws -> ClusterAuthority {
        try ClusterAuthority(creating: try ClusterID(cluster), nowUnixMs: now, random: &random)
    }

    static func node(
        _ commonName: String, of authority: ClusterAuthority, _ random: inout Seeded,
        at now: Int64 = noon
    ) throws -> NodeCredentials {
        let key = NodeKey(random: &random)
        let der = try authority.sign(
            try key.makeRequest(), for: try NodeIdentity(commonName: commonName), nowUnixMs: now,
            random: &random)
        return try NodeCredentials(
            certificate: der, key: key, authority: authority.certificate, nowUnixMs: now)
    }

    /// A new folder; its user removes it.
    static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("spokeshave-identity-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static func permissions(of file: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    }
}
