import Crypto

/// The manifest of a blob: the digests of its 4 MiB chunks, in order.
///
/// A blob's name is the SHA-256 of its canonical manifest (a tree of two levels), so that each
/// chunk can be verified by itself, fetched from any holder and resumed. The canonical form is
/// the ASCII text `spokeshave-blob-1`, a zero byte, the length in bytes as a big-endian 64-bit
/// number, and the chunk digests.
public struct BlobManifest: Hashable, Sendable {
    /// Length of the blob in bytes.
    public let byteCount: Int
    /// SHA-256 of each chunk; every chunk but the last has ``Limits/chunkBytes`` bytes.
    public let chunks: [Digest]

    /// A manifest from its parts; nil when the number of chunks does not fit the length.
    public init?(byteCount: Int, chunks: [Digest]) {
        guard byteCount >= 0, byteCount <= Limits.blobBytesMax,
            chunks.count == Self.chunkCount(ofBytes: byteCount)
        else { return nil }
        self.byteCount = byteCount
        self.chunks = chunks
    }

    /// How many chunks a blob of `count` bytes has; an empty blob has none.
    public static func chunkCount(ofBytes count: Int) -> Int {
        (count + Limits.chunkBytes - 1) / Limits.chunkBytes
    }

    /// The bytes of the blob that chunk `index` holds.
    public func range(ofChunk index: Int) -> Range<Int> {
        let start = index * Limits.chunkBytes
        return start..<min(start + Limits.chunkBytes, byteCount)
    }

    /// The blob's name.
    public var digest: Digest {
        var hasher = SHA256()
        hasher.update(data: Array("spokeshave-blob-1".utf8) + [0])
        hasher.update(data: (0..<8).map { UInt8(truncatingIfNeeded: byteCount >> (56 - 8 * $0)) })
        for chunk in chunks { hasher.update(data: chunk.bytes) }
        return Digest(finishing: hasher)
    }
}
