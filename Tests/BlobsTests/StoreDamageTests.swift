import Domain
import Foundation
import Testing

@testable import Blobs

@Suite struct `A damaged blob` {
    private func dataPath(_ digest: Digest, in root: URL) -> String {
        root.path + "/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    @Test func `is found although its file is young, and told once`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let bytes = BlobFixture.bytes(9 * mebibyte)
            let digest = try store.store(bytes, synced: false).digest
            #expect(try store.openVerified(digest).byteCount == bytes.count)
            // Whoever writes to the file makes it younger than the store.
            let path = dataPath(digest, in: folder)
            try BlobFixture.flipBit(of: path, at: 8 * mebibyte + 1)
            #expect(throws: BlobError.corrupt(digest, path: path, chunk: 2)) {
                _ = try store.openVerified(digest)
            }
            #expect(!store.contains(digest))
            #expect(try store.takeDamaged() == [digest])
            #expect(try store.takeDamaged().isEmpty)
            #expect(try store.store(bytes, synced: true).digest == digest)
            #expect(try store.openVerified(digest).copy == bytes)
        }
    }

    @Test func `is told to every process that uses the folder`() throws {
        try BlobFixture.withFolder { folder in
            let digest = try BlobStore(root: folder).store([1, 2, 3], synced: false).digest
            let parent = try BlobStore(root: folder)
            try BlobFixture.flipBit(of: dataPath(digest, in: folder), at: 0)
            let child = try BlobStore(root: folder)
            #expect(throws: BlobError.self) { _ = try child.openVerified(digest) }
            #expect(try parent.takeDamaged() == [digest])
            #expect(try BlobStore(root: folder).takeDamaged().isEmpty)
        }
    }

    @Test func `is looked for in a neighbour's file unless it was written since the start`() throws {
        try BlobFixture.withFolder { folder in
            let neighbour = folder.appendingPathComponent("neighbour")
            let bytes = BlobFixture.bytes(mebibyte)
            let start = Date(timeIntervalSinceNow: -60)
            let digest = try BlobStore(root: neighbour).store(bytes, synced: false).digest
            // A bit flips without anybody writing: the file keeps the time that marks it.
            let path = dataPath(digest, in: neighbour)
            let written = try FileStatus.required(of: path).modifiedNanoseconds
            try BlobFixture.flipBit(of: path, at: 7)
            let file = try BlobFile(resuming: path)
            SystemCall.setModified(
                timespec(tv_sec: written / 1_000_000_000, tv_nsec: written % 1_000_000_000),
                of: file.descriptor)
            let own = folder.appendingPathComponent("own")
            func open(_ start: Date) throws -> [UInt8] {
                try BlobStore(root: own, alternates: [neighbour], start: start)
                    .openVerified(digest).copy
            }
            // Its writer hashed it after this start, so nobody looks.
            #expect(try open(start) != bytes)
            #expect(throws: BlobError.self) { _ = try open(Date(timeIntervalSinceNow: 60)) }
        }
    }

    @Test func `of one alternate is passed over for another's`() throws {
        try BlobFixture.withFolder { folder in
            let roots = ["a", "b"].map { folder.appendingPathComponent($0) }
            let bytes = BlobFixture.bytes(5 * mebibyte)
            var digest = Digest(sha256Of: [])
            for root in roots {
                digest = try BlobStore(root: root).store(bytes, synced: false).digest
            }
            let own = folder.appendingPathComponent("own")
            let store = try BlobStore(root: own, alternates: roots)
            try BlobFixture.flipBit(of: dataPath(digest, in: roots[0]), at: 7)
            #expect(try store.openVerified(digest).copy == bytes)
            let other = dataPath(digest, in: roots[1])
            try BlobFixture.flipBit(of: other, at: 9)
            #expect(throws: BlobError.corrupt(digest, path: other, chunk: 0)) {
                _ = try store.openVerified(digest)
            }
            // Neither is asked again, and neither was touched.
            #expect(!store.contains(digest))
            #expect(throws: BlobError.missing(digest)) { _ = try store.openVerified(digest) }
            #expect(FileManager.default.fileExists(atPath: other))
            // Repaired, i.e. written anew by its owner, it is asked again.
            _ = try BlobStore(root: roots[1]).store(bytes, synced: false)
            #expect(try store.openVerified(digest).copy == bytes)
        }
    }

    @Test func `is replaced by whoever computes it again`() throws {
        try BlobFixture.withFolder { folder in
            let bytes = BlobFixture.bytes(mebibyte)
            let digest = try BlobStore(root: folder).store(bytes, synced: false).digest
            try BlobFixture.flipBit(of: dataPath(digest, in: folder), at: 5)
            let store = try BlobStore(root: folder)
            _ = try store.store(bytes, synced: true)
            #expect(try store.openVerified(digest).copy == bytes)
            try store.verify(digest)
        }
    }

    @Test func `may have a damaged manifest, which is made anew`() throws {
        try BlobFixture.withFolder { folder in
            let bytes = BlobFixture.bytes(5 * mebibyte)
            let writer = try BlobStore(root: folder)
            let digest = try writer.store(bytes, synced: false).digest
            let manifest = try writer.manifest(of: digest)
            let path = dataPath(digest, in: folder) + ".m"
            try BlobFixture.flipBit(of: path, at: 40)
            let store = try BlobStore(root: folder)
            #expect(try store.doctor().findings.map(\.kind) == [.damagedManifest])
            #expect(try store.manifest(of: digest) == manifest)
            #expect(try store.doctor(verifying: true).findings.isEmpty)
            try FileManager.default.removeItem(atPath: path)
            #expect(try store.doctor().findings.map(\.kind) == [.missingManifest])
            _ = try BlobStore(root: folder).scrub(budgetBytes: .max)
            #expect(try store.doctor().findings.isEmpty)
        }
    }

    @Test func `by reference is found, and its file left alone`() throws {
        try BlobFixture.withFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            let bytes = BlobFixture.bytes(5 * mebibyte)
            try Data(bytes).write(to: file)
            let root = folder.appendingPathComponent("store")
            let adder = try BlobStore(root: root)
            let digest = try adder.addReference(
                hashing: file, offset: 0, byteCount: bytes.count
            ).digest
            try adder.syncReferences()
            try BlobFixture.rotBit(of: file.path, at: 4 * mebibyte + 3)
            let store = try BlobStore(root: root)
            #expect(store.contains(digest))
            #expect(throws: BlobError.corrupt(digest, path: file.path, chunk: 1)) {
                _ = try store.openVerified(digest)
            }
            #expect(!store.contains(digest))
            #expect(try store.takeDamaged() == [digest])
            #expect(FileManager.default.fileExists(atPath: file.path))
            try BlobFixture.flipBit(of: file.path, at: 4 * mebibyte + 3)
            _ = try store.addReference(hashing: file, offset: 0, byteCount: bytes.count)
            #expect(try store.openVerified(digest).copy == bytes)
        }
    }

    @Test func `by reference may have a damaged record, which is told and replaced`() throws {
        try BlobFixture.withFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            try Data(BlobFixture.bytes(1_000)).write(to: file)
            let root = folder.appendingPathComponent("store")
            let store = try BlobStore(root: root)
            let digest = try store.addReference(
                file: file, offset: 10, byteCount: 90,
                manifest: store.hashRange(file: file, offset: 10, byteCount: 90), synced: true
            ).digest
            let record = root.path + "/references/\(digest.hex.prefix(2))/\(digest.hex)"
            try BlobFixture.flipBit(of: record, at: 0)
            #expect(!store.contains(digest))
            #expect(throws: BlobError.badReference(path: record)) {
                _ = try store.openVerified(digest)
            }
            #expect(try store.doctor().findings.map(\.kind) == [.unreadableReference])
            #expect(try store.list().isEmpty)
            _ = try store.addReference(hashing: file, offset: 10, byteCount: 90)
            #expect(try store.openVerified(digest).byteCount == 90)
            #expect(try store.doctor(verifying: true).findings.isEmpty)
            let later = Date(timeIntervalSinceNow: 60)
            #expect(try store.pruneReferences(keeping: [digest], addedBefore: later).isEmpty)
            #expect(try store.pruneReferences(keeping: [], addedBefore: later) == [digest])
            #expect(!store.contains(digest) && FileManager.default.fileExists(atPath: file.path))
        }
    }
}
