public import Messaging

/// Where a frame came in, which says what may be in it.
public enum Origin: Sendable, Hashable {
    /// An unencrypted listener of a cluster that was started so: plain frames, all trusted.
    case plain
    /// A socket in the file system, opened by a process of this user: plain frames.
    case local(uid: UInt32)
    /// The TLS listener that wants certificates: handshakes and frames of sessions.
    case tls(PeerID)
    /// The TLS listener where strangers join; `source` is their address, for fairness among them.
    case doorstep(source: String)

    /// The origin of a request; nil when nothing from there is to be answered.
    ///
    /// - Parameters:
    ///   - origin: what the listener vouches for.
    ///   - peer: the connection.
    ///   - joinListener: the label of the listener for strangers.
    ///   - allowsPlain: whether unencrypted tcp listeners are meant to be there: the cluster has
    ///     no authority, or was started with `--insecure`.
    public init?(
        _ origin: RequestOrigin, peer: PeerID, joinListener: String?, allowsPlain: Bool
    ) {
        switch origin.channel {
        case .tls where origin.listener == joinListener:
            self = .doorstep(source: origin.host ?? "connection \(peer.rawValue)")
        case .tls: self = .tls(peer)
        case .ipc(let uid?): self = .local(uid: uid)
        case .ipc(nil): return nil
        case .plain, .memory:
            guard allowsPlain else { return nil }
            self = .plain
        }
    }
}
