/// Bytes that the other end could not take yet.
struct Backlog {
    private var bytes: [UInt8] = []
    private var start = 0

    var isEmpty: Bool { start == bytes.count }
    var count: Int { bytes.count - start }

    mutating func append(_ more: some Collection<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Writes what `descriptor` takes now; false when it is broken.
    mutating func flush(to descriptor: Int32) -> Bool {
        while !isEmpty {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
                return unsafe TCPSocket.send(rest, to: descriptor)
            }
            guard let written else { return false }
            if written == 0 { return true }
            start += written
        }
        // Kept small, since most connections need it never.
        bytes = []
        start = 0
        return true
    }
}
