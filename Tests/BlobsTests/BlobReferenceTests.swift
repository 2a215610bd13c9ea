import Blobs
import Domain
import Foundation
import Testing

@Suite struct `A blob by reference` {
    @Test func `is read from the file it lies in`() throws {
        try BlobFixture.withFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            let bytes = BlobFixture.bytes(6 * mebibyte)
            try Data(bytes).write(to: file)
            let store = try BlobStore(root: folder.appendingPathComponent("store"))
            let range = 4_099..<5 * mebibyte + 3
            let reference = try store.addReference(
                hashing: file, offset: range.lowerBound, byteCount: range.count)
            #expect(reference.digest == BlobFixture.naiveDigest(Array(bytes[range])))
            #expect(try store.openVerified(reference.digest).copy == Array(bytes[range]))
            #expect(try store.manifest(of: reference.digest).byteCount == range.count)
            #expect(
                try store.readChunk(reference.digest, index: 1).count
                    == range.count - 4 * mebibyte)
            #expect(try store.list() == [reference])
            #expect(try store.totalBytes() == 0)
        }
    }

    @Test func `is refused once its file has changed`() throws {
        try BlobFixture.withFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            try Data(BlobFixture.bytes(1_000)).write(to: file)
            let store = try BlobStore(root: folder.appendingPathComponent("store"))
            let digest = try store.addReference(hashing: file, offset: 10, byteCount: 90).digest
            #expect(store.contains(digest))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000)],
                ofItemAtPath: file.path)
            #expect(throws: BlobError.referenceChanged(path: file.path)) {
                _ = try store.open(digest)
            }
            #expect(!store.contains(digest))
            // Submitted again, it is good again.
            _ = try store.addReference(hashing: file, offset: 10, byteCount: 90)
            #expect(try store.open(digest).byteCount == 90)
        }
    }

    @Test func `must lie within its file`() throws {
        try BlobFixture.withFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            try Data(BlobFixture.bytes(1_000)).write(to: file)
            for (offset, count) in [(-1, 2), (1, 1_000), (1_001, 0), (.max, 1), (1, .max)] {
                #expect(throws: BlobError.self) {
                    _ = try BlobStore.hashRange(file: file, offset: offset, byteCount: count)
                }
            }
            #expect(try BlobStore.hashRange(file: file, offset: 1_000, byteCount: 0).byteCount == 0)
        }
    }
}
