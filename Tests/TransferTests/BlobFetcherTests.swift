import Blobs
import Domain
import Foundation
import Glibc
import Synchronization
import Testing
import Transfer

@Suite struct `Fetching from several holders` {
    private static let large = 2 * Limits.chunkBytes + 12_345
    private let bytes = TransferBench.bytes(large)

    @Test func `goes on elsewhere after wrong bytes, and heals the holder that gave them`() throws {
        let (bad, good) = (try TransferBench(), try TransferBench())
        let digest = try bad.there.store(bytes, synced: false).digest
        _ = try good.there.store(bytes, synced: false)
        try bad.damage(digest, at: Limits.chunkBytes + 9)
        let fetcher = BlobFetcher(store: bad.here)
        defer { fetcher.close() }
        let sources = [bad, good].map { BlobSource(address: $0.server.address) }
        try fetcher.fetch(digest, from: sources)
        #expect(try bad.content(digest, of: bad.here) == bytes)
        #expect(fetcher.isBenched(bad.server.address))
        #expect(!fetcher.isBenched(good.server.address))
        // The complaint made the holder look, put the blob aside and say so.
        #expect(bad.damaged.wait(for: 1).map(\.digest) == [digest])
        #expect(!bad.there.contains(digest))
        #expect(try bad.there.takeDamaged() == [digest])
        // Whoever asks it now is told at once.
        #expect(throws: TransferError.self) { try bad.client.manifest(of: digest) }
        // Its own fetcher heals it.
        let healer = BlobFetcher(store: bad.there)
        defer { healer.close() }
        try healer.fetch(digest, from: [BlobSource(address: good.server.address)])
        try bad.there.verify(digest)
    }

    @Test func `waits for a silent holder once`() throws {
        let bench = try TransferBench()
        let silent = try CuttingRelay.listen()
        defer { close(silent.descriptor) }
        let digests = try (1...3).map {
            try bench.there.store(TransferBench.bytes(1_000, seed: $0), synced: false).digest
        }
        let fetcher = BlobFetcher(store: bench.here, timeout: .milliseconds(300))
        defer { fetcher.close() }
        let sources = [
            BlobSource(address: "tcp://127.0.0.1:\(silent.port)"),
            BlobSource(address: "tcp://127.0.0.1:1"),
            BlobSource(address: bench.server.address),
        ]
        for digest in digests {
            try fetcher.fetch(digest, from: sources)
            #expect(bench.here.contains(digest))
            #expect(fetcher.isBenched(sources[0].address))
            #expect(fetcher.isBenched(sources[1].address))
        }
        #expect(!fetcher.isBenched(sources[2].address))
    }

    @Test func `says when nobody has the blob`() throws {
        let bench = try TransferBench()
        let fetcher = BlobFetcher(store: bench.here, timeout: .milliseconds(300))
        defer { fetcher.close() }
        let lost = Digest(sha256Of: [1])
        for sources in [[], [BlobSource(address: bench.server.address)]] {
            #expect(throws: TransferError.self) { try fetcher.fetch(lost, from: sources) }
        }
        #expect(bench.partFiles.isEmpty)
    }

    @Test func `fetches one blob once for many`() throws {
        let bench = try TransferBench()
        let digest = try bench.there.store(bytes, synced: false).digest
        let relay = try CuttingRelay(to: bench.server.address)
        defer { relay.stop() }
        let fetcher = BlobFetcher(store: bench.here)
        defer { fetcher.close() }
        let failures = Mutex<[String]>([])
        let source = BlobSource(address: relay.address)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            do { try fetcher.fetch(digest, from: [source]) } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try bench.content(digest, of: bench.here) == bytes)
        #expect(relay.now.moved < bytes.count * 11 / 10)
    }

    @Test func `gives memory back`() throws {
        let budget = ByteBudget(bytes: 2 * Limits.chunkBytes)
        let bench = try TransferBench()
        let digest = try TransferBench.fill(bench.there, chunks: 5)
        let client = try BlobClient(address: bench.server.address, budget: budget)
        defer { client.close() }
        try client.fetch(digest, into: bench.here, synced: false)
        try client.stream(digest) { _ in }
        struct Enough: Error {}
        #expect(throws: Enough.self) { try client.stream(digest) { _ in throw Enough() } }
        try bench.there.remove(digest)
        #expect(throws: TransferError.self) { try client.stream(digest) { _ in } }
        try client.send(digest, from: bench.here)
        #expect(budget.freeBytes == 2 * Limits.chunkBytes)
    }
}
