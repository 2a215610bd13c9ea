import CNNG
import Synchronization

/// Number of nng messages that this module owns now; tests read it to find leaks.
let liveMessages = Atomic<Int>(0)

/// Sole owner of one nng message body, freed when the owner dies.
@safe struct Message: ~Copyable {
    private let pointer: OpaquePointer

    /// Makes a message with a copy of `bytes`.
    ///
    /// The body is allocated at its full size at once: nng grows a body by exactly what is
    /// appended, so that building a large message piecemeal costs quadratic time.
    init(copying bytes: [UInt8], at url: String) throws(MessagingError) {
        var allocated: OpaquePointer?
        try unsafe check(nng_msg_alloc(&allocated, bytes.count), while: .sending, at: url)
        guard let allocated = unsafe allocated else { throw .closed }
        unsafe pointer = allocated
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = unsafe nng_msg_body(allocated) else {
                return
            }
            unsafe to.copyMemory(from: from, byteCount: source.count)
        }
        liveMessages.add(1, ordering: .relaxed)
    }

    /// Takes over a message that nng gave away.
    init(adopting pointer: OpaquePointer) {
        unsafe self.pointer = pointer
        liveMessages.add(1, ordering: .relaxed)
    }

    deinit {
        unsafe nng_msg_free(pointer)
        liveMessages.subtract(1, ordering: .relaxed)
    }

    /// Size of the body in bytes.
    var byteCount: Int { unsafe nng_msg_len(pointer) }

    /// The connection on which the message arrived.
    var pipe: nng_pipe { unsafe nng_msg_get_pipe(pointer) }

    /// A copy of the body.
    func bytes() -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: nng_msg_body(pointer), count: byteCount))
    }

    /// Gives the message up: from here on the receiver of the pointer frees it.
    consuming func handOver() -> OpaquePointer {
        let given = unsafe pointer
        liveMessages.subtract(1, ordering: .relaxed)
        discard self
        return unsafe given
    }
}

/// Takes the message, if there is one, out of an aio with no operation under way.
///
/// After a receive this is the received message; after a failed send it is the unsent one, which
/// would leak if nobody took it.
func takeMessage(outOf aio: OpaquePointer?) -> Message? {
    guard let pointer = unsafe nng_aio_get_msg(aio) else { return nil }
    unsafe nng_aio_set_msg(aio, nil)
    return unsafe Message(adopting: pointer)
}
