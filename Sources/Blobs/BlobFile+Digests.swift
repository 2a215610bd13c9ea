import Domain

extension BlobFile {
    /// The SHA-256 of each 4 MiB chunk of a range, several at once.
    ///
    /// It reads rather than maps: a sector that cannot be read must not end the process.
    func chunkDigests(_ range: Range<Int>) throws(BlobError) -> [Digest] {
        var digests: [Digest] = []
        var lanes = ChunkLanes()
        let group = ChunkLanes.count * Limits.chunkBytes
        for start in stride(from: range.lowerBound, to: range.upperBound, by: group) {
            let end = min(start + group, range.upperBound)
            let chunks = stride(from: start, to: end, by: Limits.chunkBytes).map {
                $0..<min($0 + Limits.chunkBytes, end)
            }
            // One alone is faster without lanes.
            if chunks.count == 1 {
                digests.append(try digest(of: chunks[0]))
            } else {
                digests += try lanes.digests(of: chunks, in: self)
            }
        }
        return digests
    }

    private func digest(of range: Range<Int>) throws(BlobError) -> Digest {
        var hasher = ChunkHasher()
        var start = range.lowerBound
        while start < range.upperBound {
            let bytes = try read(
                at: start, byteCount: min(Self.stepBytes, range.upperBound - start))
            hasher.update(bytes.rawBytes)
            start += bytes.count
        }
        return hasher.finish()
    }

    private static let stepBytes = 512 << 10
}
