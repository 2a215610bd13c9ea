import CNNG

/// One REQ context with its aio: carries one exchange at a time.
///
/// `@unchecked Sendable`: the pool of the requester gives a line to one thread at a time.
@safe final class RequestLine: @unchecked Sendable {
    private let socket: Socket
    private let context: nng_ctx
    private let aio: OpaquePointer
    private let url: String

    init(on socket: Socket, url: String) throws(MessagingError) {
        var context = nng_ctx()
        guard let opened = socket.use({ unsafe nng_ctx_open(&context, $0) }) else { throw .closed }
        try check(opened, while: .opening, at: url)
        var allocated: OpaquePointer?
        let result = unsafe nng_aio_alloc(&allocated, nil, nil)
        guard let aio = unsafe allocated, result == 0 else {
            _ = socket.use { [context] _ in nng_ctx_close(context) }
            throw MessagingError(code: result, operation: .opening, url: url)
        }
        self.socket = socket
        self.context = context
        unsafe self.aio = aio
        self.url = url
    }

    deinit {
        // A closed socket has closed its contexts.
        _ = socket.use { _ in nng_ctx_close(context) }
        // Reaped, not freed: freeing waits for the aio and may deadlock on a thread of nng.
        unsafe nng_aio_reap(aio)
    }

    /// Sends the message, waits until a connection took it, and only then waits for the reply.
    ///
    /// Receiving before the send has finished crashes nng 1.5.2 (upstream #1702). After an error
    /// the line must not be used again.
    func exchange(
        _ message: consuming Message,
        until deadline: ContinuousClock.Instant
    ) throws(MessagingError) -> Message {
        unsafe nng_aio_set_msg(aio, message.handOver())
        unsafe nng_aio_set_timeout(aio, ContinuousClock.now.duration(to: deadline).nngMilliseconds)
        try start { unsafe nng_ctx_send(context, aio) }
        try finish(.sending)

        unsafe nng_aio_set_timeout(aio, ContinuousClock.now.duration(to: deadline).nngMilliseconds)
        try start { unsafe nng_ctx_recv(context, aio) }
        try finish(.receiving)
        guard let reply = unsafe takeMessage(outOf: aio) else {
            throw .connectionLost(url: url)
        }
        return reply
    }

    private func start(_ operation: () -> Void) throws(MessagingError) {
        guard socket.use({ _ in operation() }) != nil else {
            _ = unsafe takeMessage(outOf: aio)
            throw .closed
        }
    }

    /// Waits for the operation; if it failed, frees the message that nng left in the aio.
    private func finish(_ operation: MessagingError.Operation) throws(MessagingError) {
        unsafe nng_aio_wait(aio)
        let result = unsafe nng_aio_result(aio)
        guard result != 0 else { return }
        _ = unsafe takeMessage(outOf: aio)
        throw MessagingError(code: result, operation: operation, url: url)
    }
}
