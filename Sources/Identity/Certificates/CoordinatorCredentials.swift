public import Foundation

/// What the coordinator shows: to those that dial it, and to itself when it probes its listener.
///
/// They are made anew at each start, unless the authority's key is elsewhere: then they are read
/// from files that the operator had signed there.
public struct CoordinatorCredentials: Sendable {
    /// For its listeners: servers only, made out to ``ClusterID/serverName``.
    public let server: CertificatePair
    /// For its probe of its own listener: clients only.
    public let probe: CertificatePair
    /// Whom to trust, as PEM.
    public let authorityPEM: String
    /// The cluster.
    public let cluster: ClusterID

    /// Credentials from their parts.
    public init(
        server: CertificatePair, probe: CertificatePair, authorityPEM: String, cluster: ClusterID
    ) {
        self.server = server
        self.probe = probe
        self.authorityPEM = authorityPEM
        self.cluster = cluster
    }

    /// When new ones are due, in milliseconds since 1970.
    public var renewalDueUnixMs: Int64 { min(server.renewalDueUnixMs, probe.renewalDueUnixMs) }

    /// Reads coordinator.pem, coordinator-key.pem, probe.pem and probe-key.pem, for an authority
    /// whose key is elsewhere.
    public init(loading folder: URL, of authority: AuthorityCertificate) throws(IdentityError) {
        let folder = SecretFolder(folder)
        self.init(
            server: try folder.pair("coordinator"), probe: try folder.pair("probe"),
            authorityPEM: authority.pem, cluster: authority.cluster)
    }
}

extension SecretFolder {
    fileprivate func pair(_ name: String) throws(IdentityError) -> CertificatePair {
        let key = "\(name)-key.pem"
        let certificatePEM = try text("\(name).pem")
        let keyPEM = try text(key, isSecret: true)
        return try naming(key) { () throws(IdentityError) in
            try CertificatePair(certificatePEM: certificatePEM, keyPEM: keyPEM, path: path(key))
        }
    }
}
