import Blobs
import Domain
import Foundation
import Identity
import Messaging
import Synchronization
import Testing
import Transfer
import Wire

@Suite struct `Sealed transfer` {
    private static let large = 2 * Limits.chunkBytes + 12_345
    private static let farAway = Int64.max / 2

    private let key: TicketKey

    init() {
        var random = SystemRandomNumberGenerator()
        key = TicketKey(random: &random)
    }

    private func pass(
        _ rights: BlobRights, of other: TicketKey? = nil, expires: Int64 = farAway
    ) -> BlobPass {
        var random = SystemRandomNumberGenerator()
        return (other ?? key).makePass(rights, expiresUnixMs: expires, random: &random)
    }

    /// What a client with this pass is told when it asks for the blob; nil when it gets it.
    private func refusal(
        _ bench: TransferBench, _ digest: Digest, _ pass: BlobPass?
    ) throws -> String? {
        let client = try BlobClient(address: bench.server.address, pass: pass)
        defer { client.close() }
        do {
            try client.stream(digest) { _ in }
            return nil
        } catch let error as TransferError { return error.description }
    }

    @Test func `moves blobs both ways`() throws {
        let bench = try TransferBench(
            keys: HolderKeys(key), pass: pass(BlobRights(getAny: true, mayPut: true)))
        let bytes = TransferBench.bytes(Self.large)
        let blob = try bench.there.store(bytes, synced: false)
        try bench.client.fetch(blob.digest, into: bench.here, synced: false)
        #expect(try bench.content(blob.digest, of: bench.here) == bytes)
        var streamed: [UInt8] = []
        try bench.client.stream(blob.digest) { streamed += $0 }
        #expect(streamed == bytes)
        let sent = try bench.here.store(TransferBench.bytes(Self.large, seed: 7), synced: false)
        #expect(try bench.client.missing([blob.digest, sent.digest]) == [sent.digest])
        try bench.client.send(sent.digest, from: bench.here)
        #expect(bench.arrivals.all == [sent])
        try bench.there.verify(sent.digest)
    }

    @Test func `shows nobody on the way what moves`() throws {
        let bench = try TransferBench(keys: HolderKeys(key))
        let marker = Array("the weights of somebody's model".utf8)
        let bytes = Array(repeating: marker, count: 4_000).flatMap { $0 }
        let blob = try bench.there.store(bytes, synced: false)
        let relay = try CuttingRelay(to: bench.server.address, sampleMax: 1 << 20)
        defer { relay.stop() }
        let client = try BlobClient(
            address: relay.address, pass: pass(BlobRights(getAny: true, mayPut: true)))
        defer { client.close() }
        try client.fetch(blob.digest, into: bench.here, synced: false)
        try client.send(try bench.here.store(bytes + [1], synced: false).digest, from: bench.here)
        let seen = Data(relay.now.sample)
        #expect(seen.count > 2 * bytes.count)
        #expect(seen.range(of: Data(marker)) == nil)
        #expect(seen.range(of: Data(blob.digest.bytes)) == nil)
    }

    @Test func `is refused without a good pass, in a sentence`() throws {
        let bench = try TransferBench(keys: HolderKeys(key))
        let blob = try bench.there.store([1, 2, 3], synced: false).digest
        let any = BlobRights(getAny: true, mayPut: false)
        #expect(try refusal(bench, blob, pass(any)) == nil)
        var random = SystemRandomNumberGenerator()
        let foreign = TicketKey(random: &random)
        for (bad, word) in [
            (nil, "sealed frames only"), (pass(any, of: foreign), "ticket"),
            (pass(any, expires: 1), "ticket"),
        ] as [(BlobPass?, String)] {
            let text = try #require(try refusal(bench, blob, bad))
            #expect(text.contains(bench.server.address), "\(text)")
            #expect(text.contains(word), "\(text)")
        }
        let damagedKey = pass(any)
        let wrong = BlobPass(
            key: damagedKey.key.map { $0 ^ 1 }, ticket: damagedKey.ticket,
            expiresUnixMs: damagedKey.expiresUnixMs)
        #expect(try refusal(bench, blob, wrong) != nil)
    }

    @Test func `keeps to the rights of its pass`() throws {
        let bench = try TransferBench(keys: HolderKeys(key))
        let mine = try bench.there.store([1], synced: false).digest
        let other = try bench.there.store([2], synced: false).digest
        let reader = pass(try BlobRights(get: [mine]))
        #expect(try refusal(bench, mine, reader) == nil)
        #expect(try refusal(bench, other, reader)?.contains("pass does not allow") == true)
        let sent = try bench.here.store([3], synced: false).digest
        let client = bench.client
        for pass in [reader, pass(BlobRights(getAny: true, mayPut: false))] {
            #expect(throws: TransferError.self) {
                try client.send(sent, from: bench.here, pass: pass)
            }
        }
        #expect(throws: TransferError.self) { try client.missing([mine, other], pass: reader) }
        #expect(try client.missing([mine], pass: reader).isEmpty)
        #expect(throws: TransferError.self) { try client.suspect(other, pass: reader) }
        let sender = pass(BlobRights(getAny: false, mayPut: true))
        try client.send(sent, from: bench.here, pass: sender)
        #expect(try client.missing([mine, sent], pass: sender).isEmpty)
        #expect(try refusal(bench, sent, sender)?.contains("pass does not allow") == true)
    }

    @Test func `goes on with a new pass when the old one ends`() throws {
        let keys = HolderKeys()
        let bench = try TransferBench(keys: keys)
        let blob = try bench.there.store([1, 2, 3], synced: false).digest
        let any = BlobRights(getAny: true, mayPut: false)
        let good = pass(any)
        // Before the holder's first session nothing opens.
        #expect(try refusal(bench, blob, good) != nil)
        keys.renew(key)
        #expect(try refusal(bench, blob, good) == nil)
        // A new session: tickets of the old one still open.
        var random = SystemRandomNumberGenerator()
        keys.renew(TicketKey(random: &random))
        #expect(try refusal(bench, blob, good) == nil)
        let asked = Atomic<Int>(0)
        let client = try BlobClient(
            address: bench.server.address, pass: pass(any, expires: 1),
            renewal: {
                asked.add(1, ordering: .relaxed)
                return good
            })
        defer { client.close() }
        #expect(try client.manifest(of: blob).byteCount == 3)
        #expect(asked.load(ordering: .relaxed) == 1)
        try client.use(pass(any, expires: 2))
        #expect(try client.manifest(of: blob).byteCount == 3)
        #expect(asked.load(ordering: .relaxed) == 2)
    }

    @Test func `is not taken by a holder without keys`() throws {
        let bench = try TransferBench()
        let blob = try bench.there.store([1], synced: false).digest
        let text = try refusal(bench, blob, pass(BlobRights(getAny: true, mayPut: false)))
        #expect(text?.contains("plain requests only") == true, "\(text ?? "")")
        #expect(try refusal(bench, blob, nil) == nil)
    }

    @Test func `takes no request above its limit`() throws {
        let bench = try TransferBench(keys: HolderKeys(key))
        let stranger = try Requester(
            url: bench.server.address, receiveLimit: 1_024, sendLimit: 1 << 20, name: "stranger")
        defer { stranger.close() }
        let bytes = [UInt8](repeating: 0, count: Limits.blobRequestBytes + 1_024)
        #expect(throws: MessagingError.self) {
            _ = try stranger.request(bytes, timeout: .seconds(2))
        }
        let blob = try bench.there.store([1], synced: false).digest
        #expect(try refusal(bench, blob, pass(BlobRights(getAny: true, mayPut: false))) == nil)
    }
}
