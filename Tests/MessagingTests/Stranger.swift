import Glibc

/// A connection of somebody who does not follow any protocol: raw bytes over tcp, from an address
/// of the loopback network that no honest client of the tests uses.
final class Stranger {
    /// A greeting of TLS 1.2 as a client sends it first, and nothing more will come.
    static let clientHello: [UInt8] = hex(
        """
        1603010085010000810303a22959f8f7e5d1028bd157c202fdc594f3099f2b36fc009dad1b18022e6e319c0000\
        06cca9c02b00ff01000052000b000403000102000a000c000a001d0017001e0019001800230000001600000017\
        0000000d002a0028040305030603080708080809080a080b080408050806040105010601030303010302040205\
        020602
        """)
    /// The greeting of a requester in nng's protocol.
    static let requesterHello: [UInt8] = [0, 0x53, 0x50, 0, 0, 0x30, 0, 0]

    private(set) var descriptor: Int32

    /// Connects; nil when the system refuses.
    init?(to port: UInt16, from host: String = "127.0.0.9") {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, call(bind, host, 0), call(connect, "127.0.0.1", port) else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        // Whatever a test waits for in vain ends it all the same.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(
                descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close(descriptor) }

    /// Sends without waiting for what does not fit; false when the other side has hung up.
    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) >= 0
            || errno == EAGAIN
    }

    /// Sends everything, or ends at an error.
    @discardableResult func sendAll(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// What comes next, at most `count` bytes; empty when the other side has hung up.
    func receive(_ count: Int = 4_096) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &bytes, count, 0)
        return Array(bytes.prefix(max(received, 0)))
    }

    /// Reads until the other side hangs up.
    func waitForEnd() {
        while !receive().isEmpty {}
    }

    /// Hangs up with a reset, as a killed process with unread bytes does.
    func reset() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
        descriptor = -1
    }

    private func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ host: String,
        _ port: UInt16
    ) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return withUnsafeBytes(of: &address) {
            function(
                descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t($0.count)) == 0
        }
    }

    private static func hex(_ text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}

/// The port at the end of a URL.
func port(of url: String) -> UInt16 {
    url.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
}

/// Lets this process open as many files as it may at all.
func allowManyFiles() {
    var limits = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    limits.rlim_cur = min(limits.rlim_max, 8_192)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
}

/// Memory of this process that is really there, in bytes.
func residentBytes() -> Int {
    var text = [UInt8](repeating: 0, count: 256)
    let file = open("/proc/self/statm", O_RDONLY)
    defer { close(file) }
    let count = read(file, &text, text.count)
    let fields = String(decoding: text.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4_096
}
