import Blobs
import Domain
import Foundation
import Synchronization
import Testing
import Transfer

@Suite struct `Blob transfer` {
    /// Three chunks, the last one short.
    private static let large = 2 * Limits.chunkBytes + 12_345

    @Test(arguments: [0, 1, Limits.chunkBytes, large])
    func `fetches a blob`(_ count: Int) throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(count)
        let blob = try bench.there.store(bytes, synced: false)
        try bench.client.fetch(blob.digest, into: bench.here, synced: false)
        #expect(try bench.content(blob.digest, of: bench.here) == bytes)
        // Again costs nothing and changes nothing.
        try bench.client.fetch(blob.digest, into: bench.here, synced: false)
        #expect(try bench.here.list() == [blob])
    }

    @Test func `goes on from what an earlier try left`() throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(Self.large)
        let blob = try bench.there.store(bytes, synced: false)
        let manifest = try bench.there.manifest(of: blob.digest)
        try bench.here.receive(manifest, synced: false)
            .write(chunk: 0, Array(bytes.prefix(Limits.chunkBytes)))
        // The server's first chunk is wrong now; only a fetch that does not ask for it succeeds.
        try bench.damage(blob.digest, at: 100)
        try bench.client.fetch(blob.digest, into: bench.here, synced: false)
        #expect(try bench.content(blob.digest, of: bench.here) == bytes)
    }

    @Test func `refuses wrong bytes and goes on with right ones later`() throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(Self.large)
        let blob = try bench.there.store(bytes, synced: false)
        try bench.damage(blob.digest, at: Limits.chunkBytes + 5)
        #expect(throws: BlobError.wrongChunk(blob.digest, chunk: 1)) {
            try bench.client.fetch(blob.digest, into: bench.here, synced: false)
        }
        #expect(!bench.here.contains(blob.digest))
        try bench.damage(blob.digest, at: Limits.chunkBytes + 5)
        try bench.client.fetch(blob.digest, into: bench.here, synced: false)
        #expect(try bench.content(blob.digest, of: bench.here) == bytes)
    }

    @Test func `says when a blob is not here`() throws {
        let bench = try TransferBench()
        let digest = Digest(sha256Of: [1, 2, 3])
        let error = #expect(throws: TransferError.self) {
            try bench.client.fetch(digest, into: bench.here, synced: false)
        }
        guard case .unavailable(let named, _) = try #require(error) else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(named == digest)
        #expect(throws: TransferError.self) { try bench.client.stream(digest) { _ in } }
    }

    @Test func `streams a blob and verifies it`() throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(Self.large)
        let blob = try bench.there.store(bytes, synced: false)
        var received: [UInt8] = []
        try bench.client.stream(blob.digest) { received += $0 }
        #expect(received == bytes)
        try bench.damage(blob.digest, at: 2 * Limits.chunkBytes + 1)
        received = []
        #expect(throws: TransferError.self) {
            try bench.client.stream(blob.digest) { received += $0 }
        }
        #expect(received == Array(bytes.prefix(2 * Limits.chunkBytes)))
        // The holder was told, and has put its copy aside.
        #expect(bench.damaged.wait(for: 1).map(\.digest) == [blob.digest])
        #expect(!bench.there.contains(blob.digest))
    }

    @Test(arguments: [0, 7, large])
    func `sends a blob, once`(_ count: Int) throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(count, seed: 9)
        let blob = try bench.here.store(bytes, synced: false)
        try bench.client.send(blob.digest, from: bench.here)
        #expect(try bench.content(blob.digest, of: bench.there) == bytes)
        #expect(bench.arrivals.all == [blob])
        var asked: [Int] = []
        try bench.client.send(try bench.here.manifest(of: blob.digest)) { index in
            asked.append(index)
            return []
        }
        #expect(asked.isEmpty)
        // The owner is told again, since it may have forgotten.
        #expect(bench.arrivals.all == [blob, blob])
    }

    @Test func `sends only the chunks that lack`() throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(Self.large)
        let blob = try bench.here.store(bytes, synced: false)
        let manifest = try bench.here.manifest(of: blob.digest)
        try bench.there.receive(manifest, synced: false)
            .write(chunk: 1, try bench.here.readChunk(blob.digest, index: 1))
        var asked: [Int] = []
        try bench.client.send(manifest) { index in
            asked.append(index)
            return try bench.here.readChunk(blob.digest, index: index)
        }
        #expect(asked == [0, 2])
        #expect(try bench.content(blob.digest, of: bench.there) == bytes)
    }

    @Test func `takes no wrong bytes in`() throws {
        let bench = try TransferBench()
        let blob = try bench.here.store([1, 2, 3], synced: false)
        let manifest = try bench.here.manifest(of: blob.digest)
        #expect(throws: TransferError.self) {
            try bench.client.send(manifest) { _ in [1, 2, 4] }
        }
        #expect(!bench.there.contains(blob.digest))
        #expect(bench.arrivals.all.isEmpty)
        try bench.client.send(blob.digest, from: bench.here)
        #expect(bench.there.contains(blob.digest))
    }

    @Test func `takes nothing in where the intake is closed`() throws {
        let bench = try TransferBench(takesBlobs: false)
        let blob = try bench.here.store([1, 2, 3], synced: false)
        let error = #expect(throws: TransferError.self) {
            try bench.client.send(blob.digest, from: bench.here)
        }
        guard case .refused = try #require(error) else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(!bench.there.contains(blob.digest))
    }

    @Test func `tells what is missing`() throws {
        let bench = try TransferBench()
        let held = try bench.there.store([5], synced: false).digest
        let lost = Digest(sha256Of: [9])
        #expect(try bench.client.missing([lost, held]) == [lost])
        #expect(try bench.client.missing([]).isEmpty)
        let many = (0..<Limits.digestsPerMessageMax + 3).map { Digest(sha256Of: "\($0)".utf8) }
        #expect(try bench.client.missing(many + [held]) == many)
    }

    @Test func `fetches one blob for several threads at once`() throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(Self.large)
        let blob = try bench.there.store(bytes, synced: false)
        let failures = Mutex<[String]>([])
        let (client, here) = (bench.client, bench.here)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            do { try client.fetch(blob.digest, into: here, synced: false) } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try bench.content(blob.digest, of: bench.here) == bytes)
        #expect(try bench.here.list() == [blob])
    }

    @Test func `takes one blob from two senders at once`() throws {
        let bench = try TransferBench()
        let other = try BlobClient(address: bench.server.address)
        defer { other.close() }
        let bytes = TransferBench.bytes(Self.large)
        let blob = try bench.here.store(bytes, synced: false)
        let manifest = try bench.here.manifest(of: blob.digest)
        // The second sender does all its work while the first is at its second chunk.
        try bench.client.send(manifest) { index in
            if index == 1 { try other.send(blob.digest, from: bench.here) }
            return try bench.here.readChunk(blob.digest, index: index)
        }
        #expect(Set(bench.arrivals.all) == [blob])
        #expect(try bench.content(blob.digest, of: bench.there) == bytes)
    }
}
