import Blobs
import Domain
import Foundation
import Messaging
import Testing
import Transfer
import Wire

@Suite struct `The intake` {
    private func manifest(chunks: Int, seed: String = "") throws -> BlobManifest {
        let digests = (0..<chunks).map { Digest(sha256Of: "\(seed)\($0)".utf8) }
        return try #require(BlobManifest(byteCount: chunks * Limits.chunkBytes, chunks: digests))
    }

    private func ask(_ requester: Requester, _ request: BlobRequest) throws -> BlobReply {
        try BlobReply(
            decoding: try requester.request(try request.encoded(), timeout: .seconds(10)))
    }

    private func requester(_ bench: TransferBench) throws -> Requester {
        try Requester(url: bench.server.address, receiveLimit: 5 << 20, name: "raw")
    }

    @Test func `tells of a blob before its sender hears, as often as it takes`() throws {
        let bench = try TransferBench()
        let blob = try bench.here.store([1, 2, 3], synced: false)
        bench.arrivals.refuse(2)
        try bench.client.send(blob.digest, from: bench.here)
        #expect(bench.arrivals.all == [blob])
        // An answer may be lost, and the coordinator may have restarted: it is told again.
        let raw = try requester(bench)
        defer { raw.close() }
        #expect(try ask(raw, .putCommit(blob.digest)) == .stored)
        #expect(bench.arrivals.all == [blob, blob])
    }

    @Test func `leaves nothing behind when there is no room`() throws {
        var quota = IntakeQuota()
        quota.floorBytes = 1 << 60
        let bench = try TransferBench(quota: quota)
        let blob = try bench.here.store(TransferBench.bytes(100_000), synced: false)
        let error = #expect(throws: TransferError.self) {
            try bench.client.send(blob.digest, from: bench.here)
        }
        guard case .noSpace = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(bench.partFiles.isEmpty)
        #expect(bench.server.awaitedBytes == 0)
    }

    @Test func `lets nobody claim more than the quota`() throws {
        var quota = IntakeQuota()
        quota.bytesPerConnectionMax = 10 * Limits.chunkBytes
        quota.receiptsPerConnectionMax = 2
        let bench = try TransferBench(quota: quota)
        let raw = try requester(bench)
        defer { raw.close() }
        let first = try manifest(chunks: 6, seed: "a")
        #expect(
            try ask(raw, .putBegin(first)) == .wanted(Array(0..<6), complete: false))
        #expect(bench.server.awaitedBytes == first.byteCount)
        let second = try manifest(chunks: 5, seed: "b")
        guard case .refused(let text, false) = try ask(raw, .putBegin(second)) else {
            Issue.record("taken")
            return
        }
        #expect(text.contains("one after another"))
        #expect(
            try ask(raw, .putBegin(manifest(chunks: 2, seed: "c")))
                == .wanted([0, 1], complete: false))
        guard case .later = try ask(raw, .putBegin(manifest(chunks: 1, seed: "d"))) else {
            Issue.record("taken")
            return
        }
        // Another connection has its own share.
        let other = try requester(bench)
        defer { other.close() }
        #expect(
            try ask(other, .putBegin(second)) == .wanted(Array(0..<5), complete: false))
    }

    @Test func `takes long manifests page by page, in any state`() throws {
        let bench = try TransferBench(freeBytes: 1 << 40)
        let raw = try requester(bench)
        defer { raw.close() }
        let pageMax = BlobRequest.manifestPageMax
        let whole = try manifest(chunks: 2 * pageMax + 10)
        func page(_ first: Int) throws -> BlobReply {
            try ask(
                raw,
                .putManifest(
                    whole.digest, byteCount: whole.byteCount, first: first,
                    Array(whole.chunks.dropFirst(first).prefix(pageMax))))
        }
        #expect(try page(pageMax) == .manifestWanted(first: 0))
        #expect(try page(0) == .manifestWanted(first: pageMax))
        #expect(try page(0) == .manifestWanted(first: pageMax))
        #expect(try page(pageMax) == .manifestWanted(first: 2 * pageMax))
        let last = try page(2 * pageMax)
        guard case .wanted(let chunks, false) = last else {
            Issue.record("not begun: \(last)")
            return
        }
        #expect(chunks.count == whole.chunks.count)
        let wrong = try manifest(chunks: 3, seed: "x")
        let reply = try ask(
            raw,
            .putManifest(
                Digest(sha256Of: [5]), byteCount: wrong.byteCount, first: 0, wrong.chunks))
        guard case .refused = reply else {
            Issue.record("taken: \(reply)")
            return
        }
    }

    @Test func `still takes whole chunks of version 1 where requests are plain`() throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(Limits.chunkBytes + 10)
        let blob = try bench.here.store(bytes, synced: false)
        let raw = try requester(bench)
        defer { raw.close() }
        let manifest = try bench.here.manifest(of: blob.digest)
        #expect(try ask(raw, .putBegin(manifest)) == .wanted([0, 1], complete: false))
        for index in 0..<2 {
            let chunk = try bench.here.readChunk(blob.digest, index: index)
            #expect(try ask(raw, .putChunk(blob.digest, index: index, chunk)) == .stored)
        }
        #expect(try ask(raw, .putCommit(blob.digest)) == .stored)
        #expect(try ask(raw, .manifest(blob.digest)) == .manifest(manifest))
        #expect(
            try ask(raw, .chunk(blob.digest, index: 1)) == .chunk(Array(bytes.suffix(10))))
        #expect(try bench.content(blob.digest, of: bench.there) == bytes)
    }

    @Test func `goes on with what an earlier connection had sent`() throws {
        let bench = try TransferBench()
        let bytes = TransferBench.bytes(Limits.chunkBytes)
        let blob = try bench.here.store(bytes, synced: false)
        do {
            let raw = try requester(bench)
            defer { raw.close() }
            let manifest = try bench.here.manifest(of: blob.digest)
            #expect(try ask(raw, .putBegin(manifest)) == .wanted([0], complete: false))
            for offset in stride(from: 0, to: bytes.count / 2, by: Limits.pieceBytes) {
                let piece = Array(bytes[offset..<offset + Limits.pieceBytes])
                #expect(
                    try ask(raw, .putPiece(blob.digest, index: 0, offset: offset, piece))
                        == .stored)
            }
            let commit = try ask(raw, .putCommit(blob.digest))
            #expect(commit == .wanted([0], complete: false))
        }
        try bench.client.send(blob.digest, from: bench.here)
        #expect(try bench.content(blob.digest, of: bench.there) == bytes)
    }
}
