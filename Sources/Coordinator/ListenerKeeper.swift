import Foundation
import Identity
import Logging
import Messaging
import Synchronization

/// Keeps the coordinator's listener alive: asks it as a stranger would, over a fresh connection
/// each time, and replaces it when it does not answer.
///
/// nng 1.5.2's TLS listener can die for good when clients vanish during their handshakes
/// (handbook, bug 1). It renews the coordinator's certificates as well, which also needs a new
/// listener.
final class ListenerKeeper: Sendable {
    /// Labels of the listeners.
    static let control = "control", join = "join", local = "local"
    private static let probeSeconds = 5.0

    private let replier: Replier
    private let url: String
    private let authority: ClusterAuthority
    private let ping: [UInt8]
    private let figures: ListenerFigures
    private let logger: Logger
    private let isStopping = Monitor(false)

    /// A keeper of the listeners of `replier`.
    ///
    /// - Parameters:
    ///   - url: where the control listener can be reached from this machine.
    ///   - ping: a request that costs nothing and is always answered.
    init(
        _ replier: Replier, url: String, authority: ClusterAuthority,
        ping: [UInt8], figures: ListenerFigures, logger: Logger
    ) {
        self.replier = replier
        self.url = url
        self.authority = authority
        self.ping = ping
        self.figures = figures
        self.logger = logger
    }

    /// Begins, on a thread of its own.
    func start(_ credentials: CoordinatorCredentials) {
        let thread = Thread { self.keep(credentials) }
        thread.name = "listener-keeper"
        thread.start()
    }

    func stop() { isStopping.change { $0 = true } }

    private func keep(_ first: CoordinatorCredentials) {
        var credentials = first
        var judge = ProbeJudge()
        let began = ContinuousClock.now
        while !isStopping.wait(
            until: { $0 }, orUntil: Date().addingTimeInterval(Self.probeSeconds))
        {
            if isRenewalDue(credentials) { renew(&credentials) }
            let answered = probe(credentials)
            let verdict = judge.note(succeeded: answered, at: began.duration(to: .now))
            if verdict == .recycle { recycle(credentials) }
            figures.set(
                failedProbes: judge.failures, recycles: judge.recycles,
                certificateExpiresUnixMs: credentials.server.endsUnixMs)
        }
    }

    private func probe(_ credentials: CoordinatorCredentials) -> Bool {
        let probe = SelfProbe(
            url: url, security: credentials.probeSecurity, request: ping)
        do {
            _ = try probe.ping()
            return true
        } catch {
            logger.warning("own listener gave no answer", metadata: ["reason": "\(error)"])
            return false
        }
    }

    private func recycle(_ credentials: CoordinatorCredentials) {
        logger.error("own listener is replaced")
        do {
            try replier.recycle(listener: Self.control, security: credentials.serverSecurity)
        } catch { logger.error("listener not replaced", metadata: ["reason": "\(error)"]) }
    }

    private var nowUnixMs: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    private func isRenewalDue(_ credentials: CoordinatorCredentials) -> Bool {
        authority.canSign && credentials.renewalDueUnixMs < nowUnixMs
    }

    /// New certificates for the coordinator itself; its peers reconnect once.
    private func renew(_ credentials: inout CoordinatorCredentials) {
        var random = SystemRandomNumberGenerator()
        do {
            let fresh = try authority.makeCoordinatorCredentials(
                nowUnixMs: nowUnixMs, random: &random)
            try replier.recycle(listener: Self.control, security: fresh.serverSecurity)
            try replier.recycle(listener: Self.join, security: fresh.doorstepSecurity)
            credentials = fresh
            logger.notice("own certificates renewed")
        } catch { logger.error("certificates not renewed", metadata: ["reason": "\(error)"]) }
    }
}

extension CoordinatorCredentials {
    /// For the control listener: certificates on both sides.
    var serverSecurity: EndpointSecurity {
        .tls(
            .server(
                authority: authorityPEM, certificate: server.certificatePEM, key: server.keyPEM))
    }

    /// For the listener of those who have no certificate yet.
    var doorstepSecurity: EndpointSecurity {
        .tls(.doorstep(certificate: server.certificatePEM, key: server.keyPEM))
    }

    /// For the coordinator's own visits to its listener.
    var probeSecurity: EndpointSecurity {
        .tls(
            .client(
                authority: authorityPEM, serverName: cluster.serverName,
                certificate: probe.certificatePEM, key: probe.keyPEM))
    }
}
