public import Domain

extension BlobManifest {
    private static let mark = Array("spokeshave-blob-1".utf8) + [0]

    /// The canonical form; its SHA-256 is the blob's name.
    public var canonicalBytes: [UInt8] {
        var bytes = Self.mark
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: byteCount >> (56 - 8 * $0)) }
        for chunk in chunks { bytes += chunk.bytes }
        return bytes
    }

    /// Reads the canonical form; nil when it is not one.
    public init?(canonicalBytes bytes: [UInt8]) {
        let headBytes = Self.mark.count + 8
        guard bytes.count >= headBytes, bytes.starts(with: Self.mark) else { return nil }
        let length = bytes[Self.mark.count..<headBytes].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Limits.blobBytesMax) else { return nil }
        let count = Self.chunkCount(ofBytes: Int(length))
        guard bytes.count == headBytes + 32 * count else { return nil }
        var chunks: [Digest] = []
        chunks.reserveCapacity(count)
        for start in stride(from: headBytes, to: bytes.count, by: 32) {
            guard let digest = Digest(bytes: bytes[start..<start + 32]) else { return nil }
            chunks.append(digest)
        }
        self.init(byteCount: Int(length), chunks: chunks)
    }

    /// The longest canonical form of a blob of `count` bytes, to bound what is read.
    static func canonicalByteCount(ofBytes count: Int) -> Int {
        mark.count + 8 + 32 * chunkCount(ofBytes: count)
    }
}
