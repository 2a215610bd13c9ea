import Glibc

/// The doorman's thread: accepts, asks the guest book, and moves bytes.
final class DoorLoop {
    static let listenerToken = UInt64.max - 1
    /// Bytes moved at once: for strangers less, so that many of them stay cheap.
    static let chunkBytes = 64 << 10, strangerChunkBytes = 4 << 10
    /// nng's own negotiation ends after 10 s; then it has surely let go.
    static let ruinPatience = Duration.seconds(12), drainPatience = Duration.seconds(5)
    static let tickMilliseconds: Int32 = 100
    private static let acceptsAtOnceMax = 64

    let doorman: Doorman
    let poller: Poller
    let duty: Doorman.Duty
    let listener: Int32
    var book: GuestBook
    var relays: [Int: Relay] = [:]
    /// Connections that end by then, whatever happens.
    var deadlines: [Int: Duration] = [:]
    var figures = DoormanFigures()
    var scratch = [UInt8](repeating: 0, count: chunkBytes)
    private var lastNumber = 0
    private var isAccepting = true
    private var lastTick = Duration.zero
    private var instructions: [GuestBook.Instruction] = []
    private var isObeying = false
    private var room = Poller.Room()
    private let start = ContinuousClock.now

    init(_ doorman: Doorman, listener: Int32) {
        self.doorman = doorman
        self.listener = listener
        poller = doorman.poller
        duty = doorman.duty
        book = GuestBook(limits: doorman.duty.limits, doorMax: doorman.duty.doorMax)
    }

    var now: Duration { start.duration(to: .now) }

    /// Works until the doorman is closed.
    func run() {
        poller.add(listener, token: Self.listenerToken, for: .reading)
        while true {
            let needsTicks = !book.isEmpty || !deadlines.isEmpty || !isAccepting
            let time = needsTicks ? Self.tickMilliseconds : -1
            for event in poller.wait(milliseconds: time, in: &room) { handle(event) }
            figures.connections = relays.count
            (figures.strangers, figures.waiting) = (book.doorCount, book.waitingCount)
            let errands = doorman.exchange(figures)
            if errands.mustStop { break }
            for number in errands.admitted { admit(number) }
            tick()
        }
        for relay in relays.values {
            relay.closeClient()
            relay.closeUpstream()
        }
        close(listener)
    }

    private func handle(_ event: Poller.Event) {
        if event.token == Self.listenerToken { return acceptArrivals() }
        // A connection that ended earlier in this batch is not found any more.
        guard let relay = relays[Int(event.token >> 1)] else { return }
        if event.token & 1 == 0 {
            hear(client: relay, event)
        } else {
            hear(upstream: relay, event)
        }
    }

    private func tick() {
        let now = now
        guard now - lastTick >= .milliseconds(Int(Self.tickMilliseconds)) else { return }
        lastTick = now
        obey(book.tick(at: now))
        for number in deadlines.filter({ $0.value <= now }).keys.sorted() {
            if let relay = relays[number] { finish(relay) }
        }
        if !isAccepting {
            isAccepting = true
            poller.change(listener, token: Self.listenerToken, to: .reading)
        }
    }

    private func acceptArrivals() {
        for _ in 0..<Self.acceptsAtOnceMax {
            switch TCPSocket.accept(on: listener) {
            case .none: return
            case .exhausted:
                // Those who wait stay in the kernel's queue until the next tick.
                isAccepting = false
                poller.change(listener, token: Self.listenerToken, to: [])
                return
            case .connection(let descriptor, let peer):
                figures.arrivals += 1
                guard relays.count < duty.limits.connectionsMax else {
                    figures.turnedAway += 1
                    close(descriptor)
                    continue
                }
                lastNumber += 1
                let relay = Relay(lastNumber, client: descriptor, peer: peer)
                relays[lastNumber] = relay
                relay.watchClient(with: poller)
                obey(book.arrive(relay.number, from: peer.source, at: now))
            }
        }
    }

    /// Does what the book says; what follows from that comes after it.
    func obey(_ more: [GuestBook.Instruction]) {
        instructions += more
        guard !isObeying else { return }
        isObeying = true
        defer { isObeying = false }
        while !instructions.isEmpty {
            switch instructions.removeFirst() {
            case .letThrough(let number):
                if let relay = relays[number] { letThrough(relay) }
            case .turnAway(let number):
                figures.turnedAway += 1
                if let relay = relays[number] { dismiss(relay) }
            }
        }
    }

    private func letThrough(_ relay: Relay) {
        guard let (descriptor, port) = TCPSocket.connect(toLoopback: doorman.backendPort) else {
            return finish(relay)
        }
        relay.connect(over: descriptor, port: port, with: poller)
        // Before nng can hear of it, so that no request of it comes from nowhere.
        doorman.register(relay)
    }

    func admit(_ number: Int) {
        guard let relay = relays[number], relay.isStranger else { return }
        relay.isStranger = false
        figures.admissions += 1
        obey(book.admit(number, at: now))
        refresh(relay)
    }

    /// The client is gone or has to go.
    ///
    /// A TLS listener of nng's that is hung up on between two steps of its negotiation stops to
    /// listen for ever. So nobody hangs up on it: it gets bytes for which it hangs up itself.
    func dismiss(_ relay: Relay) {
        let hasReachedUpstream = relay.phase == .connecting || relay.phase == .open
        guard duty.isTLS, hasReachedUpstream else { return finish(relay) }
        relay.closeClient()
        relay.toClient = Backlog()
        relay.toUpstream.append(relay.clientTrail.ruin)
        if relay.phase == .open {
            relay.phase = .ruining
            guard relay.toUpstream.flush(to: relay.upstream) else { return finish(relay) }
        } else {
            // It is written when the connection stands.
            relay.phase = .ruining
        }
        book.beginLeaving(relay.number)
        deadlines[relay.number] = now + Self.ruinPatience
        refresh(relay)
    }

    /// Ends both sides.
    func finish(_ relay: Relay) {
        relay.phase = .ended
        relay.closeClient()
        relay.closeUpstream()
        doorman.strike(relay)
        relays[relay.number] = nil
        deadlines[relay.number] = nil
        obey(book.leave(relay.number, at: now))
    }

    func refresh(_ relay: Relay) {
        relay.refresh(mayReadClient: roomForClient(of: relay) > 0, with: poller)
    }

    /// Bytes that may be read from the client now.
    func roomForClient(of relay: Relay) -> Int {
        guard relay.isStranger else { return Self.chunkBytes }
        return min(Self.strangerChunkBytes, duty.bytesFromStranger - relay.bytesAsStranger)
    }
}
