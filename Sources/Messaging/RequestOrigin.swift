/// How a request came in: what the listener can vouch for, before anybody reads the request.
public struct RequestOrigin: Sendable, Hashable {
    /// The kind of connection.
    public enum Channel: Sendable, Hashable {
        /// tcp without encryption; `isLoopback` tells a process of this machine.
        case plain(isLoopback: Bool)
        /// TLS. Behind a listener that requires certificates the peer holds *one* of the
        /// authority's; nng 1.5.2 cannot tell which.
        case tls
        /// A socket in the file system, opened by a process of this user; nil when the system does
        /// not say.
        case ipc(uid: UInt32?)
        /// Within this process.
        case memory
    }

    /// The label of the listener.
    public let listener: String
    /// The kind of connection.
    public let channel: Channel
    /// The peer's address in digits, also behind a doorman; nil when there is none.
    public let host: String?

    /// An origin as a listener reports it.
    public init(listener: String, channel: Channel, host: String? = nil) {
        self.listener = listener
        self.channel = channel
        self.host = host
    }
}
