import Blobs
import Domain
import Foundation
import Testing

@Suite struct `A blob store` {
    @Test(arguments: [0, 1, 4 * mebibyte - 1, 4 * mebibyte, 4 * mebibyte + 1, 9 * mebibyte])
    func `gives back what was stored`(count: Int) throws {
        try BlobFixture.withFolder { folder in
            let bytes = BlobFixture.bytes(count)
            let store = try BlobStore(root: folder)
            let reference = try store.store(bytes, synced: count == 1)
            #expect(reference.digest == BlobFixture.naiveDigest(bytes))
            #expect(reference.byteCount == count)
            #expect(store.contains(reference.digest))
            #expect(try store.byteCount(of: reference.digest) == count)
            #expect(try store.open(reference.digest).copy == bytes)
            #expect(try store.manifest(of: reference.digest).digest == reference.digest)
            try store.verify(reference.digest)
            let chunks = BlobManifest.chunkCount(ofBytes: count)
            let read = try (0..<chunks).flatMap {
                try store.readChunk(reference.digest, index: $0)
            }
            #expect(read == bytes)
            #expect(throws: BlobError.self) {
                _ = try store.readChunk(reference.digest, index: chunks)
            }
            #expect(try store.list() == [reference])
            #expect(try store.totalBytes() == count)
            #expect(BlobFixture.files(below: folder).count == (chunks > 1 ? 2 : 1))
            try store.remove(reference.digest)
            #expect(throws: BlobError.missing(reference.digest)) {
                _ = try store.open(reference.digest)
            }
            #expect(BlobFixture.files(below: folder).isEmpty)
        }
    }

    @Test func `hashes pieces of any length to the same name`() throws {
        try BlobFixture.withFolder { folder in
            let bytes = BlobFixture.bytes(5 * mebibyte + 7)
            let store = try BlobStore(root: folder)
            let writer = try store.makeWriter(synced: false)
            var start = 0
            var step = 1
            while start < bytes.count {
                let end = min(start + step, bytes.count)
                try writer.append(Array(bytes[start..<end]))
                start = end
                step = step * 3 + 1
            }
            let reference = try writer.commit()
            #expect(reference.digest == BlobFixture.naiveDigest(bytes))
            #expect(try store.open(reference.digest).copy == bytes)
        }
    }

    @Test func `leaves nothing of an abandoned or refused writer`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            do {
                let writer = try store.makeWriter(expectedBytes: 10, synced: false)
                try writer.append([1, 2, 3])
            }
            #expect(BlobFixture.files(below: folder).isEmpty)
            let short = try store.makeWriter(expectedBytes: 10, synced: false)
            try short.append([1, 2, 3])
            #expect(throws: BlobError.self) { _ = try short.commit() }
            #expect(BlobFixture.files(below: folder).isEmpty)
            #expect(throws: BlobError.tooLong(byteCount: Limits.blobBytesMax + 1)) {
                _ = try store.makeWriter(expectedBytes: Limits.blobBytesMax + 1, synced: false)
            }
        }
    }

    @Test func `takes the same blob from many writers at once`() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("blobs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let bytes = BlobFixture.bytes(5 * mebibyte)
        let references = try await withThrowingTaskGroup(of: BlobReference.self) { group in
            for _ in 0..<8 {
                group.addTask { try BlobStore(root: folder).store(bytes, synced: false) }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        let store = try BlobStore(root: folder)
        #expect(references.count == 1)
        #expect(try store.list() == Array(references))
        try store.verify(try #require(references.first).digest)
        #expect(BlobFixture.files(below: folder).count == 2)
    }

    @Test func `finds a flipped bit and puts the blob aside`() throws {
        try BlobFixture.withFolder { folder in
            let digest = try BlobStore(root: folder)
                .store(BlobFixture.bytes(9 * mebibyte), synced: false).digest
            let path = folder.path + "/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
            let old = Date(timeIntervalSinceNow: -3_600)
            try BlobFixture.flipBit(of: path, at: 5 * mebibyte)
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
            // Whoever trusts the blob does not notice.
            _ = try BlobStore(root: folder, verification: .trusted).openVerified(digest)
            let store = try BlobStore(root: folder)
            #expect(throws: BlobError.corrupt(digest, path: path, chunk: 1)) {
                _ = try store.openVerified(digest)
            }
            #expect(!store.contains(digest))
            #expect(BlobFixture.files(below: folder).contains { $0.hasPrefix("quarantine/") })
            // Computed again, it is whole again.
            _ = try store.store(BlobFixture.bytes(9 * mebibyte), synced: false)
            #expect(try store.openVerified(digest).byteCount == 9 * mebibyte)
        }
    }

    @Test func `opens blobs of alternates and never changes these`() throws {
        try BlobFixture.withFolder { folder in
            let other = folder.appendingPathComponent("other")
            let bytes = BlobFixture.bytes(mebibyte)
            let digest = try BlobStore(root: other).store(bytes, synced: false).digest
            let store = try BlobStore(
                root: folder.appendingPathComponent("own"), alternates: [other])
            #expect(try store.openVerified(digest).copy == bytes)
            #expect(try store.readChunk(digest, index: 0) == bytes)
            #expect(try store.list().isEmpty)
            try store.remove(digest)
            #expect(store.contains(digest))
            let path = other.path + "/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
            try BlobFixture.flipBit(of: path, at: 3)
            #expect(throws: BlobError.corrupt(digest, path: path, chunk: nil)) {
                try store.verify(digest)
            }
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `evicts what was used longest ago`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let now = Date(timeIntervalSinceNow: 10_000)
            let digests = try (0..<4).map {
                try store.store(BlobFixture.bytes(1_000, seed: UInt64($0)), synced: false).digest
            }
            // Last used in the order 2, 0, 3, 1.
            for (rank, index) in [2, 0, 3, 1].enumerated() {
                let hex = digests[index].hex
                let path = folder.path + "/blobs/\(hex.prefix(2))/\(hex)"
                let age = timespec(tv_sec: time(nil) - 5_000 + rank, tv_nsec: 0)
                #expect(utimensat(AT_FDCWD, path, [age, age], 0) == 0)
            }
            // Used now, so the first of the order becomes the last.
            _ = try store.open(digests[2])
            let removed = try store.evict(toBudget: 1_500, keeping: [digests[3]], now: now)
            #expect(removed == [digests[0], digests[1], digests[2]].prefix(3).map { $0 })
            #expect(try store.list().map(\.digest) == [digests[3]])
            let fresh = try store.store([1, 2, 3], synced: false).digest
            #expect(try store.evict(toBudget: 0, keeping: [], now: Date()) == [digests[3]])
            #expect(store.contains(fresh))
        }
    }
}
