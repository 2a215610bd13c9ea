import Domain
import Foundation
import Identity
import Logging
import Messaging
import Sessions

/// How the coordinator's doors are guarded: its authority and certificates, or nothing.
struct Door {
    /// The cluster's authority and the coordinator's certificates; nil without identities.
    let guardian: (authority: ClusterAuthority, credentials: CoordinatorCredentials)?

    /// Bytes of a control message and of the frame that proves its sender.
    static let frameBytes = Limits.controlMessageBytes + SessionFrame.overhead

    var isGuarded: Bool { guardian != nil }

    /// Reads the authority; one that can sign gives the coordinator fresh certificates.
    init(_ configuration: CoordinatorConfiguration) throws {
        guard let folder = configuration.clusterFolder else {
            guardian = nil
            return
        }
        var random = SystemRandomNumberGenerator()
        var authority = try ClusterAuthority(loading: folder)
        authority.leafLifeMilliseconds = configuration.certificateLifeMilliseconds
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let credentials =
            authority.canSign
            ? try authority.makeCoordinatorCredentials(nowUnixMs: now, random: &random)
            : try CoordinatorCredentials(loading: folder, of: authority.certificate)
        guardian = (authority, credentials)
    }

    /// Where to listen: for machines, for those that join, for this machine's own users.
    func listeners(_ configuration: CoordinatorConfiguration) -> [ListenerSpecification] {
        var listeners: [ListenerSpecification] = []
        if let guardian {
            listeners.append(
                .guarded(
                    url: configuration.controlAddress, label: ListenerKeeper.control,
                    receiveLimit: Self.frameBytes,
                    security: guardian.credentials.serverSecurity))
            listeners.append(
                .guarded(
                    url: configuration.joinAddress ?? "tls+tcp://127.0.0.1:0",
                    label: ListenerKeeper.join, receiveLimit: 65_536,
                    security: guardian.credentials.doorstepSecurity))
        } else {
            listeners.append(
                ListenerSpecification(
                    url: configuration.controlAddress, label: ListenerKeeper.control))
        }
        if let local = configuration.localAddress {
            listeners.append(
                ListenerSpecification(url: local, label: ListenerKeeper.local, ipcMode: 0o600))
        }
        return listeners
    }

    /// Who keeps the listeners alive; nobody where there is no TLS.
    func keeper(
        of replier: Replier, url: String, figures: ListenerFigures, logger: Logger
    ) -> ListenerKeeper? {
        guard let guardian else { return nil }
        let keeper = ListenerKeeper(
            replier, url: Self.reachable(url), authority: guardian.authority,
            ping: Gatekeeper.ping, figures: figures, logger: logger)
        keeper.start(guardian.credentials)
        return keeper
    }

    /// The address under which this machine reaches a listener of all its interfaces.
    static func reachable(_ url: String) -> String {
        url.replacing("://*:", with: "://127.0.0.1:")
            .replacing("://0.0.0.0:", with: "://127.0.0.1:")
    }
}
