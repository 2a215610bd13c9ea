import Foundation
import Glibc

/// A wire between dialers and a listener that is cut in the middle of a greeting.
///
/// By a reset, as when a client is killed, after so many bytes of the dialer's, for each
/// connection at another place. It is cut, too, when nothing has passed for a moment.
final class CuttingWire: @unchecked Sendable {
    // Unchecked because the compiler does not see that `lock` guards the two counts.
    private let lock = NSLock()
    private var cutsMade = 0
    private var nextCut: Int
    private let stride: Int
    private let target: UInt16
    private let listener: Int32
    let port: UInt16

    /// Cuts the first connection after `first` bytes, and each one `stride` bytes later than the
    /// one before.
    init(to target: UInt16, first: Int, stride: Int) {
        self.target = target
        nextCut = first
        self.stride = stride
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            _ = bind(listener, pointer, size)
            _ = getsockname(listener, pointer, &size)
        }
        port = UInt16(bigEndian: address.sin_port)
        _ = listen(listener, 64)
        Thread { [self] in accept() }.start()
    }

    /// Connections cut so far.
    var cuts: Int { lock.withLock { cutsMade } }

    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func accept() {
        while true {
            let dialer = Glibc.accept(listener, nil, nil)
            guard dialer >= 0 else { return }
            let cut = lock.withLock {
                defer { nextCut += stride }
                return nextCut
            }
            // One thread for both ways: closing what another thread reads does not end it.
            Thread { [self] in join(dialer, to: target, cutAfter: cut) }.start()
        }
    }

    private func join(_ dialer: Int32, to target: UInt16, cutAfter cut: Int) {
        defer {
            Glibc.close(dialer)
            lock.withLock { cutsMade += 1 }
        }
        guard let far = Stranger(to: target, from: "127.0.0.1") else { return }
        var bytesLeft = cut
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytesLeft > 0 {
            var ends = [dialer, far.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&ends, 2, 100) > 0 else { break }
            if ends[0].revents != 0 {
                let count = recv(dialer, &buffer, min(buffer.count, bytesLeft), 0)
                guard count > 0, far.sendAll(Array(buffer.prefix(count))) else { break }
                bytesLeft -= count
            }
            if ends[1].revents != 0 {
                let bytes = far.receive()
                guard !bytes.isEmpty, send(dialer, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0
                else { break }
            }
        }
        far.reset()
    }
}
