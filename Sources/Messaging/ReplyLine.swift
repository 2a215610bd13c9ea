import CNNG
import Synchronization

/// One REP context with its aio: receives a request, waits for the reply, sends it, receives again.
///
/// A line with an operation under way holds itself alive; otherwise the incoming request does. So
/// it can neither die under a callback of nng nor outlive its use.
///
/// `@unchecked Sendable`: `aio` is written once in `init`, and nng orders each callback after the
/// start of its operation.
@safe final class ReplyLine: ReplyRoute, @unchecked Sendable {
    /// A peer that does not read must not hold a context for ever.
    private static let replyMillisecondsMax: nng_duration = 30_000

    private let reception: Reception
    private let context: nng_ctx
    private var aio: OpaquePointer?
    private let isReplying = Atomic<Bool>(false)

    init(of reception: Reception) throws(MessagingError) {
        var context = nng_ctx()
        guard let opened = reception.socket.use({ unsafe nng_ctx_open(&context, $0) }) else {
            throw .closed
        }
        try check(opened, while: .opening, at: reception.url)
        self.reception = reception
        self.context = context
        unsafe self.aio = nil
        reception.openLines.add(1, ordering: .relaxed)
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        let result = unsafe nng_aio_alloc(&aio, lineFinished, this)
        try check(result, while: .opening, at: reception.url)
    }

    deinit {
        // A closed socket has closed its contexts.
        _ = reception.socket.use { _ in nng_ctx_close(context) }
        // Reaped, not freed: the last reference often dies in this aio's own callback, where
        // freeing would deadlock.
        if unsafe aio != nil { unsafe nng_aio_reap(aio) }
        reception.openLines.subtract(1, ordering: .relaxed)
    }

    /// Waits for a request, without a time limit: being parked is this line's rest.
    func receive() {
        reception.parkedLines.add(1, ordering: .relaxed)
        isReplying.store(false, ordering: .releasing)
        unsafe nng_aio_set_timeout(aio, NNG_DURATION_INFINITE)
        guard start({ unsafe nng_ctx_recv(context, aio) }) else {
            reception.parkedLines.subtract(1, ordering: .relaxed)
            return
        }
    }

    var replyLimit: Int { reception.replyLimit }

    func answer(_ bytes: [UInt8]) throws(MessagingError) {
        let message = try Message(copying: bytes, at: reception.url)
        isReplying.store(true, ordering: .releasing)
        unsafe nng_aio_set_msg(aio, message.handOver())
        unsafe nng_aio_set_timeout(aio, Self.replyMillisecondsMax)
        guard start({ unsafe nng_ctx_send(context, aio) }) else {
            _ = unsafe takeMessage(outOf: aio)
            throw .closed
        }
    }

    /// Receiving again makes nng forget the request.
    func abandon() {
        receive()
    }

    /// Starts an operation, unless the socket is closed.
    ///
    /// A started operation calls back exactly once, and there the reference taken here is given
    /// back. The callback may run before this returns.
    private func start(_ operation: () -> Void) -> Bool {
        let held = unsafe Unmanaged.passRetained(self)
        let hasStarted = reception.socket.use { _ in operation() } != nil
        if !hasStarted { unsafe held.release() }
        return hasStarted
    }

    /// Runs on a thread of nng, so it only hands on.
    ///
    /// Nothing of the line is touched after that: its
    /// next operation may be under way already.
    fileprivate func finish() {
        if isReplying.load(ordering: .acquiring) {
            // A message that could not be sent is still in the aio and dies here.
            if unsafe nng_aio_result(aio) != 0 { _ = unsafe takeMessage(outOf: aio) }
            return abandon()
        }
        reception.parkedLines.subtract(1, ordering: .relaxed)
        reception.refillIfLow()
        guard unsafe nng_aio_result(aio) == 0, let message = unsafe takeMessage(outOf: aio) else {
            return
        }
        reception.accept(message, on: self)
    }
}

/// The callback of every line's aio.
private func lineFinished(_ argument: UnsafeMutableRawPointer?) {
    guard let argument = unsafe argument else { return }
    unsafe Unmanaged<ReplyLine>.fromOpaque(argument).takeRetainedValue().finish()
}
