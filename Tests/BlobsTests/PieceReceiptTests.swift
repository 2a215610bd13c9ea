import Blobs
import Domain
import Foundation
import Testing

@Suite struct `A receipt in pieces` {
    private let bytes = BlobFixture.bytes(4 * mebibyte + 3 * Limits.pieceBytes + 5)

    private func manifest() -> BlobManifest {
        var hasher = BlobHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    /// All pieces as (chunk, offset, bytes).
    private func pieces() -> [(chunk: Int, offset: Int, bytes: [UInt8])] {
        let manifest = manifest()
        return manifest.chunks.indices.flatMap { index in
            let range = manifest.range(ofChunk: index)
            return stride(from: 0, to: range.count, by: Limits.pieceBytes).map { offset in
                let start = range.lowerBound + offset
                let end = min(start + Limits.pieceBytes, range.upperBound)
                return (index, offset, Array(bytes[start..<end]))
            }
        }
    }

    @Test func `takes them in any order and more than once`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let receipt = try store.receive(manifest(), synced: true)
            #expect(receipt.missingBytes == bytes.count)
            for (rank, piece) in pieces().reversed().enumerated() {
                for _ in 0..<(rank % 7 == 0 ? 2 : 1) {
                    try receipt.write(chunk: piece.chunk, offset: piece.offset, piece.bytes)
                }
            }
            #expect(receipt.missingBytes == 0)
            let digest = try receipt.commit().digest
            #expect(try store.openVerified(digest).copy == bytes)
        }
    }

    @Test func `wants all of a chunk again when one of its pieces was wrong`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let manifest = manifest()
            let receipt = try store.receive(manifest, synced: false)
            let last = pieces().filter { $0.chunk == 1 }
            #expect(throws: BlobError.wrongChunk(manifest.digest, chunk: 1)) {
                for piece in last {
                    let wrong = piece.offset == 0 ? piece.bytes.map { $0 ^ 1 } : piece.bytes
                    try receipt.write(chunk: 1, offset: piece.offset, wrong)
                }
            }
            #expect(receipt.missingChunks == [0, 1])
            for piece in pieces() {
                try receipt.write(chunk: piece.chunk, offset: piece.offset, piece.bytes)
            }
            _ = try receipt.commit()
            try store.verify(manifest.digest)
        }
    }

    @Test func `refuses what cannot be a piece`() throws {
        try BlobFixture.withFolder { folder in
            let receipt = try BlobStore(root: folder).receive(manifest(), synced: false)
            let piece = [UInt8](repeating: 0, count: Limits.pieceBytes)
            for (chunk, offset, content) in [
                (0, 1, piece), (0, -Limits.pieceBytes, piece), (0, 4 * mebibyte, piece),
                (0, 0, Array(piece.dropLast())), (1, 3 * Limits.pieceBytes, piece), (0, 0, []),
            ] {
                #expect(throws: BlobError.wrongChunk(manifest().digest, chunk: chunk)) {
                    try receipt.write(chunk: chunk, offset: offset, content)
                }
            }
            #expect(throws: BlobError.noSuchChunk(manifest().digest, chunk: 2, chunkCount: 2)) {
                try receipt.write(chunk: 2, offset: 0, piece)
            }
        }
    }

    @Test func `shares its file with no other receipt of the blob`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let manifest = manifest()
            let first = try store.receive(manifest, synced: false)
            for piece in pieces().dropLast() {
                try first.write(chunk: piece.chunk, offset: piece.offset, piece.bytes)
            }
            do {
                let second = try store.receive(manifest, synced: false)
                #expect(second.missingBytes == bytes.count)
                let wrong = [UInt8](repeating: 9, count: Limits.pieceBytes)
                try second.write(chunk: 1, offset: 0, wrong)
            }
            #expect(BlobFixture.files(below: folder) == ["tmp/\(manifest.digest.hex).part"])
            for piece in pieces().suffix(1) {
                try first.write(chunk: piece.chunk, offset: piece.offset, piece.bytes)
            }
            let digest = try first.commit().digest
            #expect(try store.openVerified(digest).copy == bytes)
        }
    }
}
