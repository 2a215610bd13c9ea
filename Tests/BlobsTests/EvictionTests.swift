import Blobs
import Domain
import Foundation
import Testing

@Suite struct `Eviction` {
    private func age(_ digest: Digest, in folder: URL) throws {
        let path = folder.path + "/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
        let old = timespec(tv_sec: time(nil) - 7_200, tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, path, [old, old], 0) == 0)
    }

    @Test func `spares what became needed or was used since it was chosen`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let digests = try (0..<4).map {
                try store.store(BlobFixture.bytes(1_000, seed: UInt64($0)), synced: false).digest
            }
            for digest in digests { try age(digest, in: folder) }
            let chosen = try store.copies()
            #expect(chosen.map(\.digest) == digests.sorted())
            // Used since.
            #expect(store.noteUse(of: digests[0]))
            // Needed from the second question on, when it is out of sight already.
            var questions = 0
            let gone = try store.evict(chosen) { digest in
                guard digest == digests[1] else { return digest == digests[2] }
                questions += 1
                return questions > 1
            }
            #expect(questions == 2)
            #expect(gone == [digests[3]])
            #expect(try Set(store.list().map(\.digest)) == Set(digests.prefix(3)))
            for digest in digests.prefix(3) { try store.verify(digest) }
            #expect(BlobFixture.files(below: folder).count == 3)
            #expect(!store.noteUse(of: digests[3]))
        }
    }

    @Test func `that a crash cut short is taken back`() throws {
        try BlobFixture.withFolder { folder in
            let bytes = BlobFixture.bytes(5 * mebibyte)
            let digest = try BlobStore(root: folder).store(bytes, synced: false).digest
            let path = folder.path + "/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
            let aside = folder.path + "/tmp/\(digest.hex).leaving"
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            let store = try BlobStore(root: folder)
            #expect(!store.contains(digest))
            #expect(
                try store.doctor().findings.map(\.kind) == [.orphanedManifest, .abandonedFile])
            try store.sweepTemporaryFiles(now: Date())
            #expect(try store.openVerified(digest).copy == bytes)
            try FileManager.default.copyItem(atPath: path, toPath: aside)
            try store.sweepTemporaryFiles(now: Date())
            #expect(try store.doctor(verifying: true).findings.isEmpty)
        }
    }

    @Test func `leaves no unfinished receipt where nobody resumes one`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            var hasher = BlobHasher()
            let bytes = BlobFixture.bytes(5 * mebibyte)
            hasher.update(bytes)
            let manifest = hasher.finish()
            do {
                let receipt = try store.receive(manifest, synced: false)
                try receipt.write(chunk: 1, Array(bytes[manifest.range(ofChunk: 1)]))
            }
            #expect(store.partialBytes(of: manifest.digest) > 0)
            try store.sweepTemporaryFiles(now: Date())
            #expect(store.partialBytes(of: manifest.digest) > 0)
            try store.sweepTemporaryFiles(now: Date(), sparing: -1)
            #expect(store.partialBytes(of: manifest.digest) == 0)
            #expect(try store.doctor().findings.isEmpty)
        }
    }

    @Test func `knows the room on the disk`() throws {
        try BlobFixture.withFolder { folder in
            let disk = try BlobStore(root: folder).diskSpace()
            #expect(disk.totalBytes > disk.freeBytes && disk.freeBytes > 0)
            #expect(DiskSpace(freeBytes: 0, totalBytes: 1_000).floorBytes == 25)
            #expect(DiskSpace(freeBytes: 0, totalBytes: 1 << 50).floorBytes == 128 << 20)
        }
    }
}
