import Messaging
import Synchronization

/// Requests that wait for a thread, bounded in bytes and for each connection, so that no peer
/// fills the memory or keeps the others out.
final class RequestQueue: Sendable {
    private struct Tally: Sendable {
        var bytes = 0
        var ofPeer: [PeerID: Int] = [:]
    }

    /// Bytes that wait at most: less than what strangers may make a process allocate.
    private static let bytesMax = 8 << 20
    /// Requests that one connection may have waiting.
    private static let ofPeerMax = 64
    /// What a request costs beyond its bytes.
    private static let overhead = 512

    private let tally = Mutex(Tally())
    // The bound in bytes is reached long before.
    private let mailbox = Mailbox<IncomingRequest>(capacity: bytesMax / overhead)

    /// Takes a request in; false when there is no room for it.
    func put(_ request: IncomingRequest) -> Bool {
        let cost = request.body.count + Self.overhead
        let fits = tally.withLock { tally in
            let ofPeer = tally.ofPeer[request.peer, default: 0]
            guard tally.bytes + cost <= Self.bytesMax, ofPeer < Self.ofPeerMax else {
                return false
            }
            tally.bytes += cost
            tally.ofPeer[request.peer] = ofPeer + 1
            return true
        }
        return fits && mailbox.put(request)
    }

    /// The oldest request, waiting for one; nil once the queue is closed and empty.
    func take() -> IncomingRequest? {
        guard let request = mailbox.takeOne() else { return nil }
        tally.withLock { tally in
            tally.bytes -= request.body.count + Self.overhead
            let rest = tally.ofPeer[request.peer, default: 1] - 1
            tally.ofPeer[request.peer] = rest == 0 ? nil : rest
        }
        return request
    }

    /// Takes nothing more in, and wakes whoever waits.
    func close() { mailbox.close() }
}
