import Blobs
import Domain
import Foundation
import Testing

@Suite struct `The scrub` {
    @Test func `reaches every chunk in stretches, also across restarts`() throws {
        try BlobFixture.withFolder { folder in
            let writer = try BlobStore(root: folder)
            var total = 0
            for seed in 1...3 {
                let count = (seed * 3 + 2) * mebibyte
                _ = try writer.store(BlobFixture.bytes(count, seed: UInt64(seed)), synced: false)
                total += count
            }
            var seen = 0
            var blobs = 0
            var calls = 0
            while calls < 20 {
                calls += 1
                // A new store for each stretch: the mark is on the disk.
                let report = try BlobStore(root: folder).scrub(budgetBytes: 5 * mebibyte)
                #expect(report.damaged.isEmpty)
                seen += report.byteCount
                blobs += report.blobs
                if report.reachedEnd { break }
            }
            #expect(seen == total)
            #expect(blobs == 3)
            #expect(calls > 2)
            let again = try BlobStore(root: folder).scrub(budgetBytes: 1)
            #expect(again.byteCount > 0 && !again.reachedEnd)
        }
    }

    @Test func `finds a bit that flipped without anybody writing`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let digests = try (1...3).map {
                try store.store(BlobFixture.bytes(5 * mebibyte, seed: $0), synced: false).digest
            }
            let victim = digests[1]
            let path = folder.path + "/blobs/\(victim.hex.prefix(2))/\(victim.hex)"
            try BlobFixture.rotBit(of: path, at: 4 * mebibyte + 9)
            // This store has seen the blob whole, and trusts it until it is scrubbed.
            #expect(try store.openVerified(victim).byteCount == 5 * mebibyte)
            #expect(try store.doctor(verifying: true).findings.map(\.digest) == [victim])
            #expect(store.contains(victim))
            let report = try store.scrub(budgetBytes: .max)
            #expect(report.damaged == [victim])
            #expect(report.reachedEnd)
            #expect(!store.contains(victim))
            #expect(try store.takeDamaged() == [victim])
            #expect(try store.doctor().findings.map(\.kind).contains(.quarantinedFile))
            try store.sweepQuarantine(now: Date())
            #expect(try store.doctor().findings.count == 2)
            try store.sweepQuarantine(now: Date(timeIntervalSinceNow: 8 * 86_400))
            #expect(try store.doctor().findings.map(\.kind) == [.orphanedManifest])
        }
    }

    @Test func `starts anew when its mark is damaged`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            _ = try store.store(BlobFixture.bytes(mebibyte), synced: false)
            for mark in ["", "no digest 1", String(repeating: "f", count: 64) + " -1"] {
                try Data(mark.utf8).write(to: folder.appendingPathComponent("scrubbed"))
                let report = try BlobStore(root: folder).scrub(budgetBytes: .max)
                #expect(report.blobs == 1 && report.reachedEnd)
            }
        }
    }

    @Test func `is joined by a doctor that lists everything and changes nothing`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let bytes = BlobFixture.bytes(9 * mebibyte)
            let whole = try store.store(bytes, synced: false).digest
            let manifest = try store.manifest(of: whole)
            try store.remove(whole)
            try store.receive(manifest, synced: false).write(
                chunk: 0, Array(bytes.prefix(4 * mebibyte)))
            let gone = "/tmp/999999999-\(UUID().uuidString.lowercased())"
            for name in [
                "/blobs/ab/x", gone, "/tmp/notes", "/blobs/\(whole.hex.prefix(2))/\(whole.hex).m",
            ] {
                let path = folder.path + name
                try FileManager.default.createDirectory(
                    atPath: (path as NSString).deletingLastPathComponent,
                    withIntermediateDirectories: true)
                try Data([1]).write(to: URL(filePath: path))
            }
            let before = BlobFixture.files(below: folder)
            let health = try store.doctor(verifying: true)
            #expect(
                Set(health.findings.map(\.kind)) == [
                    .partialBlob, .abandonedFile, .foreignFile, .orphanedManifest,
                ])
            #expect(health.findings.count == 5)
            #expect(health.findings.map(\.path) == health.findings.map(\.path).sorted())
            #expect(!health.findings.contains { $0.isDamage })
            #expect(BlobFixture.files(below: folder) == before)
        }
    }
}
