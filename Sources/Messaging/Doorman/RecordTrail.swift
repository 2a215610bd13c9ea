/// Follows the records of one direction of a TLS connection by their headers, which are never
/// encrypted: one byte of type, two of version, two of length.
struct RecordTrail {
    /// The type of records that carry data, which come after the handshake only.
    private static let data: UInt8 = 23
    private static let headerBytes = 5

    private var header: [UInt8] = []
    private var bodyBytesLeft = 0
    /// Whether a record of data has begun.
    private(set) var hasSeenData = false

    /// Looks at the next bytes of the stream.
    mutating func follow(_ bytes: Span<UInt8>) {
        var position = 0
        while position < bytes.count {
            if bodyBytesLeft > 0 {
                let step = min(bodyBytesLeft, bytes.count - position)
                bodyBytesLeft -= step
                position += step
                continue
            }
            header.append(bytes[position])
            position += 1
            guard header.count == Self.headerBytes else { continue }
            if header[0] == Self.data { hasSeenData = true }
            bodyBytesLeft = Int(header[3]) << 8 | Int(header[4])
            header.removeAll(keepingCapacity: true)
        }
    }

    /// Bytes after which any receiver gives the stream up: they end the record that was cut off,
    /// and begin another of a type that does not exist.
    var ruin: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: bodyBytesLeft)
        if !header.isEmpty {
            let full = header + [UInt8](repeating: 0, count: Self.headerBytes - header.count)
            let bodyBytes = Int(full[3]) << 8 | Int(full[4])
            bytes = [UInt8](repeating: 0, count: Self.headerBytes - header.count + bodyBytes)
        }
        return bytes + [UInt8](repeating: 0xFF, count: Self.headerBytes)
    }
}
