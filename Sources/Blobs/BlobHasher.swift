import Crypto
public import Domain

/// Computes a blob's manifest from its bytes as they come, in pieces of any length.
public struct BlobHasher {
    private var chunk = SHA256()
    private var chunkBytes = 0
    private var digests: [Domain.Digest] = []
    /// How many bytes have come so far.
    public private(set) var byteCount = 0

    /// A hasher of a blob that is empty so far.
    public init() {}

    /// Takes the next bytes, without copying them.
    public mutating func update(_ bytes: RawSpan) {
        var start = 0
        while start < bytes.byteCount {
            let count = min(Limits.chunkBytes - chunkBytes, bytes.byteCount - start)
            chunk.update(bytes.extracting(start..<start + count))
            start += count
            chunkBytes += count
            byteCount += count
            if chunkBytes == Limits.chunkBytes { closeChunk() }
        }
    }

    /// Takes the next bytes.
    public mutating func update(_ bytes: [UInt8]) {
        update(bytes.rawBytes)
    }

    /// The manifest of all bytes so far; the blob's name is its `digest`.
    ///
    /// Not more than ``Domain/Limits/blobBytesMax`` bytes may have come.
    public func finish() -> BlobManifest {
        var whole = self
        if whole.chunkBytes > 0 { whole.closeChunk() }
        guard let manifest = BlobManifest(byteCount: byteCount, chunks: whole.digests) else {
            preconditionFailure("a blob of \(byteCount) bytes is over the limit")
        }
        return manifest
    }

    private mutating func closeChunk() {
        digests.append(Domain.Digest(takingStateOf: chunk))
        chunk = SHA256()
        chunkBytes = 0
    }
}
