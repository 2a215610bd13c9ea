import Domain
import Foundation
import Identity
import Messaging
import Sessions
import Synchronization
import Transfer
import Worker

/// A worker's certificate at work: its connection, its tickets and its renewal.
final class WorkerCredentials: Sendable {
    private let folder: URL
    private let address: String
    private let credentials: Mutex<NodeCredentials>
    private let keys = HolderKeys()
    private let link = Mutex<(requester: Requester, channel: SecureChannel)?>(nil)

    /// Reads the certificate in the worker's data folder; checks that the coordinator takes it.
    init(folder: URL, address: String) throws {
        self.folder = IdentityFolder.ofWorker(folder)
        self.address = address
        let found = try IdentityFolder.credentials(in: self.folder)
        guard found.role == .worker else {
            throw CommandFailure(
                .usage,
                "The certificate in \(self.folder.path) is a \(found.role.rawValue)'s: join with "
                    + "a token for a worker.")
        }
        credentials = Mutex(found)
    }

    /// Makes a worker use it.
    func apply(to configuration: inout WorkerConfiguration) throws {
        let current = credentials.withLock { $0 }
        configuration.name = current.name
        configuration.holderKeys = keys
        configuration.connect = { try self.connect(incarnation: $0) }
        configuration.renewal = CredentialRenewal(
            firstDueUnixMs: current.renewalDueUnixMs, renew: { try self.renew() })
    }

    private func connect(incarnation: UInt64) throws -> ControlConnection {
        let current = credentials.withLock { $0 }
        // One blocking visit first: background dialing would hide why it fails.
        diagnose(current)
        let requester = try Requester(
            url: address, receiveLimit: Limits.controlMessageBytes + SessionFrame.overhead,
            name: "control", security: SecureLink.security(of: current))
        let keys = keys
        let channel = SecureChannel(
            over: requester, credentials: current, incarnation: incarnation, address: address,
            onSession: { keys.renew($0.ticketKey) })
        link.withLock { $0 = (requester, channel) }
        return ControlConnection(channel: channel) { try requester.redial() }
    }

    /// Says what is wrong with certificates; an absent coordinator is nothing wrong.
    private func diagnose(_ current: NodeCredentials) {
        do {
            try Requester.probe(
                url: address, timeout: .seconds(5), security: SecureLink.security(of: current))
        } catch {
            FileHandle.standardError.write(Data("spokeshave: \(error)\n".utf8))
        }
    }

    /// Asks for a new certificate over the session that there is, stores it, and dials with it.
    private func renew() throws -> Int64 {
        guard let link = link.withLock({ $0 }) else { throw WorkerError.stopping }
        var random = SystemRandomNumberGenerator()
        let fresh = try link.channel.renew(
            key: NodeKey(random: &random), nowUnixMs: IdentityFolder.nowUnixMs,
            timeout: .seconds(20))
        try fresh.save(to: folder)
        credentials.withLock { $0 = fresh }
        try link.requester.redial(security: SecureLink.security(of: fresh))
        link.channel.use(fresh)
        return fresh.renewalDueUnixMs
    }
}
