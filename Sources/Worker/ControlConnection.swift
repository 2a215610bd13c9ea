public import Messaging
import Domain

/// The way to the coordinator.
public struct ControlConnection: Sendable {
    /// Carries requests; their first byte is ``Domain/ControlEnvelope/worker``.
    public let channel: any RequestChannel
    /// Gives up a connection that looks alive but answers nothing, and makes a new one.
    public let redial: @Sendable () throws -> Void

    /// A connection from its parts.
    public init(channel: any RequestChannel, redial: @escaping @Sendable () throws -> Void) {
        self.channel = channel
        self.redial = redial
    }

    /// A connection without protection, for loopback and trusted networks.
    public static func plain(to address: String) throws -> ControlConnection {
        let requester = try Requester(
            url: address, receiveLimit: Limits.controlMessageBytes, name: "control")
        return ControlConnection(channel: requester) { try requester.redial() }
    }
}
