import CNNG
import Glibc

/// Waits for descriptors to become readable or writable, and for a nudge from other threads.
@safe final class Poller: Sendable {
    /// What a descriptor is waited for; ends and errors are always told.
    struct Interest: OptionSet {
        let rawValue: UInt32
        static let reading = Interest(rawValue: EPOLLIN.rawValue)
        static let writing = Interest(rawValue: EPOLLOUT.rawValue)
    }

    /// What happened to the descriptor that was registered under `token`.
    struct Event {
        let token: UInt64
        let isReadable: Bool
        let isWritable: Bool
        /// The connection is dead in both directions.
        let isBroken: Bool
    }

    private static let nudgeToken = UInt64.max
    private static let eventsMax = 256

    /// Room for events, kept from one wait to the next by the thread that waits.
    @safe struct Room {
        fileprivate var events = unsafe [epoll_event](
            repeating: epoll_event(), count: eventsMax)
    }

    private let descriptor: Int32
    private let nudgeDescriptor: Int32

    init(at url: String) throws(MessagingError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        nudgeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0, nudgeDescriptor >= 0 else {
            let number = errno
            closeDescriptors()
            throw MessagingError(errno: number, operation: .opening, url: url)
        }
        add(nudgeDescriptor, token: Self.nudgeToken, for: .reading)
    }

    deinit { closeDescriptors() }

    /// Watches `watched`; closing it ends that.
    func add(_ watched: Int32, token: UInt64, for interest: Interest) {
        control(EPOLL_CTL_ADD, watched, token, interest)
    }

    /// Watches a descriptor for something else.
    func change(_ watched: Int32, token: UInt64, to interest: Interest) {
        control(EPOLL_CTL_MOD, watched, token, interest)
    }

    /// Makes a waiting thread return; called on any thread.
    func nudge() {
        var one: UInt64 = 1
        _ = unsafe write(nudgeDescriptor, &one, 8)
    }

    /// Waits for events; empty when time ran out or somebody nudged.
    ///
    /// -1 waits for ever.
    func wait(milliseconds: Int32, in room: inout Room) -> [Event] {
        let count = unsafe epoll_wait(
            descriptor, &room.events, Int32(Self.eventsMax), milliseconds)
        return unsafe room.events.prefix(Int(max(count, 0))).compactMap { event in
            let token = unsafe event.data.u64
            guard token != Self.nudgeToken else {
                var count: UInt64 = 0
                _ = unsafe read(nudgeDescriptor, &count, 8)
                return nil
            }
            return Event(
                token: token, isReadable: unsafe event.events & EPOLLIN.rawValue != 0,
                isWritable: unsafe event.events & EPOLLOUT.rawValue != 0,
                isBroken: unsafe event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0)
        }
    }

    private func control(
        _ operation: Int32, _ watched: Int32, _ token: UInt64, _ interest: Interest
    ) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        _ = unsafe epoll_ctl(descriptor, operation, watched, &event)
    }

    private func closeDescriptors() {
        if descriptor >= 0 { close(descriptor) }
        if nudgeDescriptor >= 0 { close(nudgeDescriptor) }
    }
}

extension MessagingError {
    /// Translates a number of the system.
    init(errno number: Int32, operation: Operation, url: String) {
        switch number {
        case EADDRINUSE: self = .addressInUse(url: url)
        case ECONNREFUSED: self = .refused(url: url)
        case EHOSTUNREACH, ENETUNREACH: self = .unreachable(url: url)
        case EADDRNOTAVAIL, EAFNOSUPPORT: self = .invalidAddress(url: url)
        default:
            let text = unsafe String(cString: strerror(number))
            self = .failed(operation: operation, code: number, text: text, url: url)
        }
    }
}
