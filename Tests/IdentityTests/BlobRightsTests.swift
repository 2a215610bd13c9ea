import Domain
import Testing

@testable import Identity

@Suite struct `Rights in a ticket` {
    private var random = Seeded(11)

    @Test mutating func `allow the listed blobs and no others`() throws {
        let digests = (0..<200).map { _ in random.digest() }
        let rights = try BlobRights(get: digests)
        for digest in digests { #expect(rights.allowsGet(digest)) }
        for _ in 0..<200 { #expect(!rights.allowsGet(random.digest())) }
        #expect(!rights.mayPut)
        #expect(!rights.mayGetAny)
        #expect(rights.listedCount == 200)
    }

    @Test mutating func `allow nothing, anything or sending, as they say`() throws {
        #expect(!(try BlobRights(get: [])).allowsGet(random.digest()))
        #expect(BlobRights(getAny: true, mayPut: false).allowsGet(random.digest()))
        #expect(!BlobRights(getAny: false, mayPut: true).allowsGet(random.digest()))
        #expect(BlobRights(getAny: false, mayPut: true).mayPut)
    }

    @Test mutating func `survive their ticket, at the bound too`() throws {
        for count in [0, 1, 17, BlobRights.digestsMax] {
            let digests = (0..<count).map { _ in random.digest() }
            let rights = try BlobRights(get: digests, mayPut: count == 17)
            let key = TicketKey(random: &random)
            let pass = key.makePass(rights, expiresUnixMs: noon + 1, random: &random)
            #expect(pass.ticket.count <= Limits.ticketBytesMax)
            let frame = try FrameSealer(pass: pass).seal([1], random: &random).frame
            let opened = try FrameOpener(key).open(frame, nowUnixMs: noon)
            #expect(opened.rights == rights)
            for digest in digests { #expect(opened.rights.allowsGet(digest)) }
        }
    }

    @Test mutating func `are refused over the bound`() {
        let digests = (0...BlobRights.digestsMax).map { _ in random.digest() }
        #expect(
            failure { _ = try BlobRights(get: digests) }
                == .tooManyDigests(count: digests.count, limit: BlobRights.digestsMax))
    }

    @Test mutating func `count an equal digest once`() throws {
        let digest = random.digest()
        #expect(try BlobRights(get: [digest, digest]).listedCount == 1)
    }

    @Test mutating func `are not read from bytes that nobody wrote`() throws {
        let rights = try BlobRights(get: [random.digest(), random.digest()])
        let good = Ticket(
            frameKey: random.bytes(32), rights: rights, expiresUnixMs: -5
        ).encoded
        #expect(Ticket(decoding: good)?.expiresUnixMs == -5)
        for count in 0..<good.count { #expect(Ticket(decoding: Array(good.prefix(count))) == nil) }
        #expect(Ticket(decoding: good + [0]) == nil)
        // Version, flags, count, and the order of the digests.
        for (index, value) in [(0, 2), (33, 4), (43, 1), (43, 3), (42, 255)] {
            var bad = good
            bad[index] = UInt8(value)
            #expect(Ticket(decoding: bad) == nil)
        }
        let swapped = Array(good[..<44] + good[60...] + good[44..<60])
        #expect(Ticket(decoding: swapped) == nil)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...200, using: &random)
            _ = Ticket(decoding: random.bytes(count))
        }
    }
}
