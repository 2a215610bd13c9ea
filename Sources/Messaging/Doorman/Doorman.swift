import Foundation
import Synchronization

/// Listens in nng's place, keeps strangers within limits, and passes the bytes of the others on to
/// nng's own listener on the loopback interface.
///
/// All work is done by one thread (`DoorLoop`); this is the desk at which other threads ask and
/// leave word.
final class Doorman: Sendable {
    /// When a connection ceases to be a stranger's.
    enum Admission: Sendable {
        /// With nng's first record of data: its TLS handshake is over, certificate included.
        case handshake
        /// When somebody above says so, by a reply.
        case reply
        /// Never: the connection ends when patience does.
        case never
    }

    /// How a listener looks to its doorman.
    struct Duty: Sendable {
        let limits: DoormanLimits
        let admission: Admission
        let isTLS: Bool
        /// Memory of nng's for one connection that has only connected, measured: buffers and state.
        private static let connectionBytes = 8 << 10, handshakeBytes = 72 << 10
        private static let handshakeBytesMax = 64 << 10

        private let requestBytes: Int

        init(limits: DoormanLimits, security: EndpointSecurity, receiveLimit: Int) {
            self.limits = limits
            switch security {
            case .plain:
                (admission, isTLS, requestBytes) = (.reply, false, receiveLimit)
            case .tls(let credentials) where credentials.role == .server:
                // Before the handshake is over nng takes no request.
                (admission, isTLS, requestBytes) = (.handshake, true, 0)
            case .tls:
                (admission, isTLS, requestBytes) = (.never, true, receiveLimit)
            }
        }

        /// Strangers that nng may see at once.
        var doorMax: Int {
            let handshake = isTLS ? Self.handshakeBytes : 0
            return limits.strangers(costing: Self.connectionBytes + handshake + requestBytes)
        }

        /// Bytes that are taken from a stranger: a handshake and, where requests are served to
        /// strangers, a few of those.
        var bytesFromStranger: Int { Self.handshakeBytesMax + 4 * requestBytes }
    }

    /// What other threads want the loop to do.
    struct Errands {
        var admitted: [Int] = []
        var mustStop = false
    }

    private struct Desk {
        var backendPort: UInt16
        var errands = Errands()
        var figures = DoormanFigures()
        /// By the port from which the loop speaks to nng.
        var callers: [UInt16: (number: Int, peer: PeerAddress, isStranger: Bool)] = [:]
    }

    /// Where it listens, with the real port.
    let url: String
    let duty: Duty
    let poller: Poller
    private let desk: Mutex<Desk>
    private let hasEnded = Monitor(false)

    /// Listens at `address` and passes on to `backendPort` of the loopback interface.
    init(at address: Address, backendPort: UInt16, duty: Duty) throws(MessagingError) {
        poller = try Poller(at: address.url)
        let (listener, port) = try TCPSocket.listen(at: address)
        url = address.url(port: port)
        self.duty = duty
        desk = Mutex(Desk(backendPort: backendPort))
        let thread = Thread { [self] in
            DoorLoop(self, listener: listener).run()
            hasEnded.change { $0 = true }
        }
        thread.name = "doorman"
        thread.start()
    }

    /// Closes everything; the address is free when this returns.
    ///
    /// Never called on the doorman's own thread.
    func close() {
        desk.withLock { $0.errands.mustStop = true }
        poller.nudge()
        _ = hasEnded.wait { $0 }
    }

    /// Passes new connections on to another port of nng's.
    func moveBackend(to port: UInt16) {
        desk.withLock { $0.backendPort = port }
    }

    var figures: DoormanFigures { desk.withLock(\.figures) }

    /// Who speaks to nng from `port`; nil for processes of this machine that went round the door.
    func peer(speakingFrom port: UInt16) -> PeerAddress? {
        desk.withLock { $0.callers[port]?.peer }
    }

    /// Whoever speaks from `port` is no stranger any more.
    func admit(speakingFrom port: UInt16) {
        guard duty.admission == .reply else { return }
        let isNew = desk.withLock { desk in
            guard let caller = desk.callers[port], caller.isStranger else { return false }
            desk.callers[port]?.isStranger = false
            desk.errands.admitted.append(caller.number)
            return true
        }
        if isNew { poller.nudge() }
    }

    // The loop's side of the desk.

    var backendPort: UInt16 { desk.withLock(\.backendPort) }

    func register(_ relay: Relay) {
        let (port, number, peer) = (relay.port, relay.number, relay.peer)
        desk.withLock { $0.callers[port] = (number, peer, true) }
    }

    func strike(_ relay: Relay) {
        let (port, number) = (relay.port, relay.number)
        desk.withLock { if $0.callers[port]?.number == number { $0.callers[port] = nil } }
    }

    /// Takes the errands and leaves the figures.
    func exchange(_ figures: DoormanFigures) -> Errands {
        desk.withLock { desk in
            desk.figures = figures
            defer { desk.errands.admitted = [] }
            return desk.errands
        }
    }
}
