import Glibc

/// One client's connection and, once it was let through, the connection behind it.
///
/// It belongs to the doorman's thread.
final class Relay {
    enum Phase {
        /// Nothing has come from the client.
        case silent
        /// The client has spoken; its bytes wait in the kernel.
        case queued
        /// The connection to nng is being made.
        case connecting
        /// Bytes go both ways.
        case open
        /// nng has hung up; the client still gets what nng said.
        case draining
        /// The client is gone, and nng is made to hang up by itself.
        case ruining
        /// Both sides are closed.
        case ended
    }

    let number: Int
    let peer: PeerAddress
    /// -1 once it is closed.
    private(set) var client: Int32
    private(set) var upstream: Int32 = -1
    /// Our own port of the connection to nng, by which nng's pipe is recognised.
    private(set) var port: UInt16 = 0
    var phase = Phase.silent
    var isStranger = true
    /// Bytes passed on while the client was a stranger.
    var bytesAsStranger = 0
    var toUpstream = Backlog(), toClient = Backlog()
    var clientTrail = RecordTrail(), serverTrail = RecordTrail()
    private var clientInterest = Poller.Interest.reading
    private var upstreamInterest = Poller.Interest.writing

    init(_ number: Int, client: Int32, peer: PeerAddress) {
        self.number = number
        self.client = client
        self.peer = peer
    }

    var clientToken: UInt64 { UInt64(number) << 1 }
    var upstreamToken: UInt64 { UInt64(number) << 1 | 1 }

    /// Begins to wait for the client's first byte.
    func watchClient(with poller: Poller) {
        poller.add(client, token: clientToken, for: clientInterest)
    }

    /// Takes over a connection to nng that is being made.
    func connect(over descriptor: Int32, port: UInt16, with poller: Poller) {
        upstream = descriptor
        self.port = port
        phase = .connecting
        poller.add(upstream, token: upstreamToken, for: upstreamInterest)
    }

    func closeClient() {
        if client >= 0 { close(client) }
        client = -1
    }

    func closeUpstream() {
        if upstream >= 0 { close(upstream) }
        upstream = -1
    }

    /// Waits for exactly what can be dealt with: nothing is read that could not be passed on.
    func refresh(mayReadClient: Bool, with poller: Poller) {
        if client >= 0 {
            var interest: Poller.Interest = []
            switch phase {
            case .silent: interest = .reading
            case .open where toUpstream.isEmpty && mayReadClient: interest = .reading
            default: break
            }
            if !toClient.isEmpty { interest.insert(.writing) }
            if interest != clientInterest {
                clientInterest = interest
                poller.change(client, token: clientToken, to: interest)
            }
        }
        if upstream >= 0 {
            var interest: Poller.Interest = toClient.isEmpty ? .reading : []
            if phase == .connecting { interest = .writing }
            if !toUpstream.isEmpty { interest.insert(.writing) }
            if interest != upstreamInterest {
                upstreamInterest = interest
                poller.change(upstream, token: upstreamToken, to: interest)
            }
        }
    }
}
