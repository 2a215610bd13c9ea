import Domain
import Testing

@Suite struct `A blob's manifest` {
    private func chunks(_ count: Int) -> [Digest] {
        (0..<count).map { Digest(sha256Of: Array("\($0)".utf8)) }
    }

    @Test(arguments: [
        (0, 0), (1, 1), (Limits.chunkBytes, 1), (Limits.chunkBytes + 1, 2),
        (3 * Limits.chunkBytes, 3), (Limits.blobBytesMax, 262_144),
    ])
    func `has a chunk for every 4 MiB begun`(byteCount: Int, count: Int) {
        #expect(BlobManifest.chunkCount(ofBytes: byteCount) == count)
    }

    @Test func `refuses a number of chunks that does not fit`() {
        #expect(BlobManifest(byteCount: 0, chunks: []) != nil)
        #expect(BlobManifest(byteCount: 0, chunks: chunks(1)) == nil)
        #expect(BlobManifest(byteCount: 1, chunks: []) == nil)
        #expect(BlobManifest(byteCount: Limits.chunkBytes, chunks: chunks(2)) == nil)
        #expect(BlobManifest(byteCount: Limits.chunkBytes + 1, chunks: chunks(2)) != nil)
    }

    @Test func `refuses a length out of bounds`() {
        let most = chunks(1).first.map { Array(repeating: $0, count: 262_145) } ?? []
        #expect(BlobManifest(byteCount: -1, chunks: []) == nil)
        #expect(BlobManifest(byteCount: Limits.blobBytesMax, chunks: most.dropLast()) != nil)
        #expect(BlobManifest(byteCount: Limits.blobBytesMax + 1, chunks: most) == nil)
    }

    @Test func `covers the blob with its ranges`() throws {
        let byteCount = 2 * Limits.chunkBytes + 5
        let manifest = try #require(BlobManifest(byteCount: byteCount, chunks: chunks(3)))
        #expect(manifest.range(ofChunk: 0) == 0..<Limits.chunkBytes)
        #expect(manifest.range(ofChunk: 1).lowerBound == Limits.chunkBytes)
        #expect(manifest.range(ofChunk: 2) == 2 * Limits.chunkBytes..<byteCount)
    }

    @Test func `gives the blob its name from length and chunks`() throws {
        let byteCount = Limits.chunkBytes + 1
        let manifest = try #require(BlobManifest(byteCount: byteCount, chunks: chunks(2)))
        let longer = try #require(BlobManifest(byteCount: byteCount + 1, chunks: chunks(2)))
        let swapped = try #require(BlobManifest(byteCount: byteCount, chunks: chunks(2).reversed()))
        #expect(Set([manifest.digest, longer.digest, swapped.digest]).count == 3)
        #expect(manifest.digest == BlobManifest(byteCount: byteCount, chunks: chunks(2))?.digest)
    }

    @Test func `is named by the canonical form that its comment gives`() throws {
        let manifest = try #require(BlobManifest(byteCount: 258, chunks: chunks(1)))
        let form =
            Array("spokeshave-blob-1".utf8) + [0] + [0, 0, 0, 0, 0, 0, 1, 2] + chunks(1)[0].bytes
        #expect(manifest.digest == Digest(sha256Of: form))
    }
}
