import Foundation
import Glibc
import Synchronization

/// Passes bytes on between a client and a server, counts them, keeps some of them, and cuts the
/// connection again and again.
final class CuttingRelay: Sendable {
    struct Figures: Sendable {
        /// Bytes passed on, both ways together.
        var moved = 0
        /// Connections cut.
        var cuts = 0
        fileprivate var sinceCut = 0
        /// The first bytes of all, as far as they were wanted.
        var sample: [UInt8] = []
    }

    /// One connection: the client's end and the server's.
    private final class Pair: Sendable {
        let client: Int32
        let server: Int32
        private let pumps = Atomic<Int>(2)

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
        }

        func cut() {
            _ = shutdown(client, Int32(SHUT_RDWR))
            _ = shutdown(server, Int32(SHUT_RDWR))
        }

        /// The last of the two pumps closes both ends.
        func leave() {
            cut()
            guard pumps.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
            close(client)
            close(server)
        }
    }

    let address: String
    private let listener: Int32
    private let target: UInt16
    private let cutEvery: Int
    private let sampleMax: Int
    private let figures = Mutex(Figures())

    /// A relay to the server at `address`, `tcp://127.0.0.1:port`.
    init(to address: String, cutEvery: Int = .max, sampleMax: Int = 0) throws {
        target = UInt16(address.split(separator: ":").last ?? "") ?? 0
        self.cutEvery = cutEvery
        self.sampleMax = sampleMax
        let (descriptor, port) = try Self.listen()
        listener = descriptor
        self.address = "tcp://127.0.0.1:\(port)"
        Thread { self.serve() }.start()
    }

    var now: Figures { figures.withLock { $0 } }

    func stop() {
        _ = shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// A socket that listens and never speaks, with its port.
    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && Glibc.listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard result else { throw POSIXError(.EADDRINUSE) }
        return (descriptor, UInt16(bigEndian: place.sin_port))
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return place
    }

    private func serve() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var place = Self.loopback(port: target)
            let connected = withUnsafePointer(to: &place) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            let pair = Pair(client: client, server: server)
            guard connected == 0 else {
                pair.leave()
                pair.leave()
                continue
            }
            Thread { self.pump(pair, from: client, to: server) }.start()
            Thread { self.pump(pair, from: server, to: client) }.start()
        }
    }

    private func pump(_ pair: Pair, from: Int32, to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        defer { pair.leave() }
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            var sent = 0
            while sent < count {
                let more = buffer[sent..<count].withUnsafeBytes {
                    send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard more > 0 else { return }
                sent += more
            }
            if note(buffer.prefix(count)) { return }
        }
    }

    /// Counts bytes; whether the connection is to be cut now.
    private func note(_ bytes: ArraySlice<UInt8>) -> Bool {
        figures.withLock { figures in
            figures.moved += bytes.count
            figures.sinceCut += bytes.count
            figures.sample += bytes.prefix(max(0, sampleMax - figures.sample.count))
            guard figures.sinceCut >= cutEvery else { return false }
            figures.sinceCut = 0
            figures.cuts += 1
            return true
        }
    }
}
