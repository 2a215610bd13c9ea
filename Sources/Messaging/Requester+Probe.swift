import CNNG
import Foundation
import Synchronization

extension Requester {
    /// Connects once to `url` and hangs up, to tell an absent coordinator from a slow one.
    ///
    /// Background dialing hides its errors; call this at start-up for a clear sentence. Blocks the
    /// calling thread for at most about `timeout`, which must be positive.
    /// - Throws: `refused`, `unreachable`, `invalidAddress` (also for unknown host names),
    ///   `timedOut`, `connectionLost` when the other side speaks another protocol, or `failed`.
    public static func probe(
        url: String,
        timeout: Duration,
        security: EndpointSecurity = .plain
    ) throws(MessagingError) {
        precondition(timeout > .zero)
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
