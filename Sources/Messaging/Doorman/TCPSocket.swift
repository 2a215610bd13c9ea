import CNNG
import Glibc

/// Calls on tcp descriptors that never block.
@safe enum TCPSocket {
    private static let backlog: Int32 = 1_024
    private static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// Binds and listens at `address`; the descriptor and the real port.
    static func listen(at address: Address) throws(MessagingError) -> (Int32, port: UInt16) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_family =
            switch address.family {
            case 4: AF_INET
            case 6: AF_INET6
            default: AF_UNSPEC
            }
        var found: UnsafeMutablePointer<addrinfo>?
        let port = String(address.port ?? 0)
        guard unsafe getaddrinfo(address.host, port, &hints, &found) == 0, let first = unsafe found
        else { throw .invalidAddress(url: address.url) }
        defer { unsafe freeaddrinfo(first) }
        let descriptor = unsafe socket(first.pointee.ai_family, hints.ai_socktype | flags, 0)
        guard descriptor >= 0 else {
            throw MessagingError(errno: errno, operation: .listening, url: address.url)
        }
        set(SO_REUSEADDR, at: SOL_SOCKET, of: descriptor, to: 1)
        guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            Glibc.listen(descriptor, backlog) == 0
        else {
            let number = errno
            close(descriptor)
            throw MessagingError(errno: number, operation: .listening, url: address.url)
        }
        return (descriptor, localPort(of: descriptor))
    }

    /// What an attempt to accept led to.
    enum Arrival {
        case connection(Int32, PeerAddress)
        /// Nobody waits.
        case none
        /// The process has no descriptor or memory left; try again later.
        case exhausted
    }

    /// Accepts one connection if one waits.
    static func accept(on listener: Int32) -> Arrival {
        while true {
            var storage = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe accept4(
                    listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size,
                    flags)
            }
            guard descriptor >= 0 else {
                switch errno {
                case EAGAIN: return .none
                case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
                // The connection died in the queue; the next one may live.
                default: continue
                }
            }
            guard let peer = PeerAddress(storage) else {
                close(descriptor)
                continue
            }
            prepare(descriptor)
            return .connection(descriptor, peer)
        }
    }

    /// Begins to connect to a port of the loopback interface; the descriptor and its own port.
    static func connect(toLoopback port: UInt16) -> (Int32, port: UInt16)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | flags, 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe Glibc.connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        guard result == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return nil
        }
        prepare(descriptor)
        return (descriptor, localPort(of: descriptor))
    }

    /// Whether a connect that had begun has worked.
    static func isConnected(_ descriptor: Int32) -> Bool {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size)
        return result == 0 && number == 0
    }

    /// Whether at least one byte waits; nil when the connection has ended.
    static func hasBytes(_ descriptor: Int32) -> Bool? {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK))
        if count > 0 { return true }
        return count < 0 && isPassing(errno) ? false : nil
    }

    /// Reads what there is into `buffer`; 0 when nothing waits, nil when the connection has ended.
    static func receive(into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int?
    {
        let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return count }
        return count < 0 && isPassing(errno) ? 0 : nil
    }

    /// Writes what the descriptor takes; 0 when it is full, nil when the connection has ended.
    static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int? {
        let count = unsafe Glibc.send(
            descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return count }
        return isPassing(errno) ? 0 : nil
    }

    private static func isPassing(_ number: Int32) -> Bool {
        number == EAGAIN || number == EINTR
    }

    /// Small messages go at once, and a peer that vanished in silence is noticed within two
    /// minutes.
    private static func prepare(_ descriptor: Int32) {
        let tcp = Int32(IPPROTO_TCP)
        set(TCP_NODELAY, at: tcp, of: descriptor, to: 1)
        set(SO_KEEPALIVE, at: SOL_SOCKET, of: descriptor, to: 1)
        set(TCP_KEEPIDLE, at: tcp, of: descriptor, to: 60)
        set(TCP_KEEPINTVL, at: tcp, of: descriptor, to: 10)
        set(TCP_KEEPCNT, at: tcp, of: descriptor, to: 6)
    }

    private static func set(_ option: Int32, at level: Int32, of descriptor: Int32, to value: Int32)
    {
        var value = value
        // An option that cannot be set is worth less than the connection.
        _ = unsafe setsockopt(
            descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func localPort(of descriptor: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            _ = unsafe getsockname(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
            // Both families keep the port at the same place.
            return UInt16(bigEndian: unsafe bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }
}
