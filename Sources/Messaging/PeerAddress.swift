import CNNG
import Glibc

/// Where a tcp connection comes from.
struct PeerAddress: Sendable, Hashable {
    /// The address in digits, such as 192.0.2.7 or 2001:db8::1.
    let host: String
    let isLoopback: Bool
    /// Who is counted together: one IPv4 address, or one network of 64 bits of IPv6, since whoever
    /// has one address of those has all.
    let source: UInt64

    private init(host: String, isLoopback: Bool, source: UInt64) {
        self.host = host
        self.isLoopback = isLoopback
        self.source = source
    }

    /// An IPv4 address from its four bytes, in network order.
    init(ipv4 bytes: [UInt8]) {
        self.init(
            host: bytes.map { String($0) }.joined(separator: "."), isLoopback: bytes.first == 127,
            source: bytes.reduce(0xFFFF) { $0 << 8 | UInt64($1) })
    }

    /// An IPv6 address from its 16 bytes; one that stands for an IPv4 address becomes that.
    init(ipv6 bytes: [UInt8]) {
        let zeros = [UInt8](repeating: 0, count: 10)
        if bytes.starts(with: zeros), bytes[10] == 0xFF, bytes[11] == 0xFF {
            self.init(ipv4: Array(bytes[12...]))
            return
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten = unsafe bytes.withUnsafeBytes { bytes in
            unsafe inet_ntop(AF_INET6, bytes.baseAddress, &text, socklen_t(text.count)) != nil
        }
        let digits = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        self.init(
            host: isWritten ? String(decoding: digits, as: UTF8.self) : "unknown",
            isLoopback: bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1,
            source: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The address in a socket's own form; nil for other families.
    init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            self.init(
                ipv4: unsafe withUnsafeBytes(of: &storage) {
                    let address = unsafe $0.loadUnaligned(as: sockaddr_in.self).sin_addr
                    return unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
                })
        case AF_INET6:
            self.init(
                ipv6: unsafe withUnsafeBytes(of: &storage) {
                    let address = unsafe $0.loadUnaligned(as: sockaddr_in6.self).sin6_addr
                    return unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
                })
        default: return nil
        }
    }

    /// The address in nng's form with its port; nil for other families.
    static func reading(_ address: nng_sockaddr) -> (PeerAddress, port: UInt16)? {
        switch unsafe UInt32(address.s_family) {
        case NNG_AF_INET.rawValue:
            let place = unsafe address.s_in
            let bytes = unsafe withUnsafeBytes(of: place.sa_addr) { unsafe Array($0) }
            return (PeerAddress(ipv4: bytes), UInt16(bigEndian: place.sa_port))
        case NNG_AF_INET6.rawValue:
            let place = unsafe address.s_in6
            let bytes = unsafe withUnsafeBytes(of: place.sa_addr) { unsafe Array($0) }
            return (PeerAddress(ipv6: bytes), UInt16(bigEndian: place.sa_port))
        default: return nil
        }
    }
}
