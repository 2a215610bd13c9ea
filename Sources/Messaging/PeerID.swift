import CNNG

/// One connection, as the replier sees it; a peer that reconnects gets a new identity.
public struct PeerID: Hashable, Sendable {
    /// Number of the connection, unique among the connections of this process.
    public let rawValue: UInt32

    /// Names the connection with this number.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    init(_ pipe: nng_pipe) {
        rawValue = UInt32(bitPattern: nng_pipe_id(pipe))
    }
}
