import CNNG
import Foundation
import Synchronization

/// The inside of a replier: the socket, the marks of its pool of lines, and the thread that opens
/// lines and reports departures, neither of which may happen in a callback of nng.
///
/// `@unchecked Sendable`: the variables are touched only under the condition's lock.
@safe final class Reception: @unchecked Sendable {
    let url: String
    let replyLimit: Int
    let socket: Socket
    /// Lines that wait for a request, and all lines.
    let parkedLines = Atomic<Int>(0), openLines = Atomic<Int>(0)

    private let receiveLimit: Int
    /// The listeners in their order, and by the numbers that nng gives them.
    private struct Posts {
        var all: [ListenerPost] = []
        var byNumber: [Int32: ListenerPost] = [:]
    }
    private let posts = Mutex(Posts())
    private let recycling = Mutex<Void>(())
    private let reserve: Int
    private let linesMax: Int
    private let onRequest: @Sendable (IncomingRequest) -> Void
    private let onDisconnect: @Sendable (PeerID) -> Void

    private let condition = NSCondition()
    private var departed: [PeerID] = []
    private var mustRefill = false
    private var mustStop = false

    init(
        url: String,
        receiveLimit: Int,
        replyLimit: Int,
        reserve: Int,
        linesMax: Int,
        onRequest: @escaping @Sendable (IncomingRequest) -> Void,
        onDisconnect: @escaping @Sendable (PeerID) -> Void
    ) throws(MessagingError) {
        socket = try Socket(.reply, url: url)
        self.url = url
        self.receiveLimit = receiveLimit
        self.replyLimit = replyLimit
        self.reserve = reserve
        self.linesMax = linesMax
        self.onRequest = onRequest
        self.onDisconnect = onDisconnect
    }

    /// Opens the first lines, starts to listen and returns the URLs with the real ports.
    func open(_ specifications: [ListenerSpecification]) throws(MessagingError) -> [String] {
        // The registration holds this object until the socket is closed.
        let this = unsafe Unmanaged.passRetained(self).toOpaque()
        do {
            try unsafe check(
                nng_pipe_notify(socket.handle, NNG_PIPE_EV_REM_POST, peerDeparted, this),
                while: .opening,
                at: url
            )
            // Peers connect directly, never through forwarding devices.
            try unsafe check(
                nng_socket_set_int(socket.handle, NNG_OPT_MAXTTL, 1),
                while: .opening,
                at: url
            )
            try refill()
            for specification in specifications {
                let post = try ListenerPost(specification, receiveLimit: receiveLimit)
                try post.open(on: socket, register: register)
                posts.withLock { $0.all.append(post) }
            }
            let thread = Thread { self.maintain() }
            thread.name = "replier"
            thread.start()
            return posts.withLock { $0.all.map(\.url) }
        } catch {
            close()
            throw error
        }
    }

    /// Closes the socket, once.
    ///
    /// Lines with an operation under way end by its callback.
    func close() {
        guard socket.close() else { return }
        for post in posts.withLock(\.all) { post.doorman?.close() }
        unsafe Unmanaged.passUnretained(self).release()
        stop()
    }

    /// Asks the maintenance thread to close the socket and to end.
    func stop() {
        signal { $0.mustStop = true }
    }

    /// The listener with this label.
    func post(labelled label: String) -> ListenerPost? {
        posts.withLock { posts in posts.all.first { $0.label == label } }
    }

    /// Replaces a listener; may block for a moment.
    func recycle(_ post: ListenerPost, security: EndpointSecurity?) throws(MessagingError) {
        try recycling.withLock { (_) throws(MessagingError) in
            try post.recycle(security: security, on: socket, register: register)
        }
    }

    /// Requests that still come from the listener that `listener` replaces are dropped: their
    /// connections end.
    private func register(_ listener: nng_listener, as post: ListenerPost) {
        posts.withLock { posts in
            posts.byNumber = posts.byNumber.filter { $0.value !== post }
            posts.byNumber[nng_listener_id(listener)] = post
        }
    }

    /// Called on threads of nng.
    func accept(_ message: consuming Message, on line: ReplyLine) {
        let pipe = message.pipe
        let number = nng_listener_id(nng_pipe_listener(pipe))
        // A request whose connection has ended meanwhile needs no answer; one that went round the
        // doorman gets none. Only inproc has no limit of its own.
        guard let post = posts.withLock({ $0.byNumber[number] }),
            let (origin, admission) = post.origin(of: pipe),
            message.byteCount <= post.receiveLimit
        else { return line.abandon() }
        onRequest(
            IncomingRequest(
                body: message.bytes(), peer: PeerID(pipe), origin: origin, admission: admission,
                route: line))
    }

    /// Called on threads of nng when a line has left the pool.
    func refillIfLow() {
        guard parkedLines.load(ordering: .relaxed) < reserve, !socket.isClosed,
            openLines.load(ordering: .relaxed) < linesMax
        else { return }
        signal { $0.mustRefill = true }
    }

    /// Called on threads of nng.
    ///
    /// The list holds at most as many as there were connections.
    fileprivate func record(departed peer: PeerID) {
        signal { $0.departed.append(peer) }
    }

    private func signal(_ change: (Reception) -> Void) {
        condition.lock()
        change(self)
        condition.signal()
        condition.unlock()
    }

    private func maintain() {
        var isRunning = true
        while isRunning {
            let work = nextWork()
            work.departed.forEach(onDisconnect)
            // Lines that cannot be opened now (no memory) are tried again within a second; until
            // then the lines that come back serve.
            if work.mustRefill { try? refill() }
            isRunning = !work.mustStop
        }
        close()
        nextWork().departed.forEach(onDisconnect)
    }

    private func nextWork() -> (departed: [PeerID], mustRefill: Bool, mustStop: Bool) {
        condition.lock()
        defer { condition.unlock() }
        while departed.isEmpty, !mustRefill, !mustStop {
            if !condition.wait(until: Date(timeIntervalSinceNow: 1)) {
                mustRefill = parkedLines.load(ordering: .relaxed) < reserve
            }
        }
        defer { (departed, mustRefill) = ([], false) }
        return (departed, mustRefill, mustStop)
    }

    /// Opens lines up to the high-water mark, twice the reserve.
    ///
    /// Lines are never closed before the socket: one costs less than a kilobyte, and closing busy
    /// contexts is where other wrappers of nng crashed.
    private func refill() throws(MessagingError) {
        while parkedLines.load(ordering: .relaxed) < 2 * reserve,
            openLines.load(ordering: .relaxed) < linesMax
        {
            try ReplyLine(of: self).receive()
        }
    }
}

/// The callback for connections that ended.
private func peerDeparted(
    _ pipe: nng_pipe,
    _ event: nng_pipe_ev,
    _ argument: UnsafeMutableRawPointer?
) {
    guard let argument = unsafe argument else { return }
    let reception = unsafe Unmanaged<Reception>.fromOpaque(argument).takeUnretainedValue()
    reception.record(departed: PeerID(pipe))
}
