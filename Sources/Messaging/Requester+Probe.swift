import CNNG
import Foundation
import Synchronization

extension Requester {
    /// Connects once to `url` and hangs up, to tell an absent coordinator from a slow one.
    ///
    /// Background dialing hides its errors; call this at start-up for a clear sentence. Blocks the
    /// calling thread for at most about `timeout`, which must be positive; when a greeting fails,
    /// up to three more connections of that length find out why.
    /// - Throws: `refused`, `unreachable`, `invalidAddress` (also for unknown host names),
    ///   `timedOut`, `badCredentials`, `handshakeFailed` with the fault, or `failed`.
    public static func probe(
        url: String,
        timeout: Duration,
        security: EndpointSecurity = .plain
    ) throws(MessagingError) {
        precondition(timeout > .zero)
        do {
            try dialOnce(url: url, timeout: timeout, security: security)
        } catch .handshakeFailed(_, let fault) {
            let found = diagnose(fault, url: url, timeout: timeout, security: security)
            throw .handshakeFailed(url: url, fault: found)
        }
    }

    private static func dialOnce(
        url: String,
        timeout: Duration,
        security: EndpointSecurity
    ) throws(MessagingError) {
        // Nothing is asked, so that any small limit on replies does.
        let endpoint = try Endpoint(url, receiveLimit: 1_024, security: security)
        let socket = try openSocket(url: url, name: "probe")
        defer { socket.close() }
        let dialer = try endpointGate.withLock { (_) throws(MessagingError) in
            try endpoint.makeDialer(on: socket.handle)
        }
        let attempt = DialAttempt(dialer)
        Thread { attempt.run() }.start()
        // When time runs out, closing the socket makes the dialing thread return.
        guard let result = attempt.result(within: timeout) else {
            throw .timedOut(operation: .dialing, url: url)
        }
        try check(result, while: .dialing, at: url)
    }

    /// Finds out why a greeting failed, by greeting with less to check: nng tells two faults apart.
    private static func diagnose(
        _ first: HandshakeFault,
        url: String,
        timeout: Duration,
        security: EndpointSecurity
    ) -> HandshakeFault {
        func fault(with credentials: TLSCredentials) -> HandshakeFault? {
            do {
                try dialOnce(url: url, timeout: timeout, security: .tls(credentials))
                return nil
            } catch .handshakeFailed(_, let fault) {
                return fault
            } catch {
                return .hungUp
            }
        }
        guard case .tls(let credentials) = security else { return first }
        let place = String(url.dropFirst("tls+".count))
        if (try? dialOnce(url: place, timeout: timeout, security: .plain)) != nil {
            return .speaksPlain
        }
        let hasCertificate = credentials.certificate != nil
        if first == .hungUp { return hasCertificate ? .hungUp : .certificateMissing }
        guard case .client(let name?) = credentials.role else { return first }
        guard fault(with: credentials.relaxed(to: .unverifiedClient)) == nil else {
            // A server that wants a certificate hangs up on those who show none; one whose own is
            // of no use fails by itself.
            let isServerUnfit = fault(with: .unverifiedClient()) == .unclear
            if isServerUnfit { return .serverUntrusted }
            return hasCertificate ? .certificateRefused : .certificateMissing
        }
        let isNameWrong = fault(with: credentials.relaxed(to: .client(serverName: nil))) == nil
        return isNameWrong ? .wrongName(expected: name) : .serverUntrusted
    }
}

/// One blocking dial on a thread of its own, since nng offers no timeout for it.
///
/// `@unchecked Sendable`: `outcome` is touched only under the condition's lock.
private final class DialAttempt: @unchecked Sendable {
    private let dialer: nng_dialer
    private let condition = NSCondition()
    private var outcome: Int32?

    init(_ dialer: nng_dialer) {
        self.dialer = dialer
    }

    func run() {
        let result = nng_dialer_start(dialer, 0)
        condition.lock()
        outcome = result
        condition.broadcast()
        condition.unlock()
    }

    func result(within timeout: Duration) -> Int32? {
        let limit = Date(timeIntervalSinceNow: timeout / .seconds(1))
        condition.lock()
        defer { condition.unlock() }
        while outcome == nil {
            guard condition.wait(until: limit) else { break }
        }
        return outcome
    }
}
