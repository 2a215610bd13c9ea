import Blobs
import Domain
import Foundation
import Testing

@Suite struct `A chunked receipt` {
    private let bytes = BlobFixture.bytes(9 * mebibyte)

    private func manifest() -> BlobManifest {
        var hasher = BlobHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    private func chunk(_ index: Int) -> [UInt8] {
        Array(bytes[manifest().range(ofChunk: index)])
    }

    @Test func `goes on after a restart with what is whole`() throws {
        try BlobFixture.withFolder { folder in
            let manifest = manifest()
            do {
                let receipt = try BlobStore(root: folder).receive(manifest, synced: false)
                #expect(receipt.missingChunks == [0, 1, 2])
                try receipt.write(chunk: 2, chunk(2))
                try receipt.write(chunk: 0, chunk(0))
                #expect(receipt.missingChunks == [1])
            }
            // One of the two chunks rots while nobody looks.
            try BlobFixture.flipBit(
                of: folder.path + "/tmp/\(manifest.digest.hex).part", at: 77)
            let store = try BlobStore(root: folder)
            let receipt = try store.receive(manifest, synced: true)
            #expect(receipt.missingChunks == [0, 1])
            #expect(throws: BlobError.incomplete(manifest.digest, missingChunks: 2)) {
                _ = try receipt.commit()
            }
            try receipt.write(chunk: 0, chunk(0))
            try receipt.write(chunk: 1, chunk(1))
            #expect(try receipt.commit().digest == manifest.digest)
            #expect(try store.openVerified(manifest.digest).copy == bytes)
            #expect(try store.manifest(of: manifest.digest) == manifest)
            #expect(BlobFixture.files(below: folder).count == 2)
        }
    }

    @Test func `refuses wrong chunks`() throws {
        try BlobFixture.withFolder { folder in
            let manifest = manifest()
            let store = try BlobStore(root: folder)
            let receipt = try store.receive(manifest, synced: false)
            #expect(throws: BlobError.wrongChunk(manifest.digest, chunk: 0)) {
                try receipt.write(chunk: 0, chunk(1))
            }
            #expect(throws: BlobError.wrongChunk(manifest.digest, chunk: 2)) {
                try receipt.write(chunk: 2, chunk(1))
            }
            #expect(throws: BlobError.noSuchChunk(manifest.digest, chunk: 3, chunkCount: 3)) {
                try receipt.write(chunk: 3, chunk(0))
            }
            try receipt.discard()
            #expect(BlobFixture.files(below: folder).isEmpty)
        }
    }

    @Test func `may be committed twice and may be empty`() throws {
        try BlobFixture.withFolder { folder in
            let manifest = manifest()
            let store = try BlobStore(root: folder)
            let receipts = try (0..<2).map { _ in try store.receive(manifest, synced: false) }
            for receipt in receipts {
                for index in 0..<3 { try receipt.write(chunk: index, chunk(index)) }
            }
            for receipt in receipts { _ = try receipt.commit() }
            try store.verify(manifest.digest)
            let empty = try #require(BlobManifest(byteCount: 0, chunks: []))
            #expect(try store.receive(empty, synced: false).commit().byteCount == 0)
            #expect(try store.open(empty.digest).copy.isEmpty)
        }
    }

    @Test func `survives the canonical form of its manifest and nothing less`() throws {
        let manifest = manifest()
        let form = manifest.canonicalBytes
        #expect(Digest(sha256Of: form) == manifest.digest)
        #expect(BlobManifest(canonicalBytes: form) == manifest)
        for count in [0, 17, 25, form.count - 1] {
            #expect(BlobManifest(canonicalBytes: Array(form.prefix(count))) == nil)
        }
        var huge = form
        huge[18] = 0xFF
        #expect(BlobManifest(canonicalBytes: huge) == nil)
    }

    @Test func `is hashed at a speed that it attaches`() {
        let bytes = [UInt8](repeating: 7, count: 64 * mebibyte)
        let clock = ContinuousClock()
        let time = clock.measure {
            var hasher = BlobHasher()
            hasher.update(bytes)
            #expect(hasher.finish().chunks.count == 16)
        }
        let seconds = Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds)
        Attachment.record("SHA-256 at \(Double(bytes.count) / 1e9 / seconds) GB/s", named: "speed")
    }
}
