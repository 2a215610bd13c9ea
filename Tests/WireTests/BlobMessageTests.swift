import Domain
import Testing
import Wire

@Suite struct `A message about blobs` {
    @Test func `has a chunk written as protobuf writes it`() throws {
        let content = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        let written: [UInt8] = [0x1A, 0xAC, 0x02] + content
        #expect(try BlobReply.chunk(content).encoded() == written)
        #expect(try BlobReply(decoding: written) == .chunk(content))
        // The last of two equal fields counts, and a field that nobody knows is passed over.
        #expect(try BlobReply(decoding: written + [0x1A, 0x01, 0x07]) == .chunk([7]))
        #expect(try BlobReply(decoding: written + [0xF8, 0x07, 0x01]) == .chunk(content))
        #expect(throws: WireError.self) { try BlobReply(decoding: Array(written.dropLast())) }
    }

    @Test(arguments: [(Limits.pieceBytes, true), (Limits.pieceBytes + 1, false)])
    func `holds the bound of a piece`(count: Int, isFine: Bool) throws {
        let piece = [UInt8](repeating: 1, count: count)
        let put = try BlobRequest.putPiece(Samples.digest("x"), index: 0, offset: 0, piece)
            .encoded()
        #expect(((try? BlobRequest(decoding: put)) != nil) == isFine)
    }

    @Test(arguments: [0, 1])
    func `holds the bound of a manifest's page`(over: Int) throws {
        let asked = Array(
            repeating: Samples.digest("c"), count: BlobRequest.manifestPageMax + over)
        let put = try BlobRequest.putManifest(
            Samples.digest("x"), byteCount: Limits.blobBytesMax, first: 0, asked
        ).encoded()
        #expect(((try? BlobRequest(decoding: put)) != nil) == (over == 0))
        let given = Array(
            repeating: Samples.digest("c"), count: BlobReply.manifestPageMax + over)
        let reply = try BlobReply.manifestPage(
            Samples.digest("x"), byteCount: Limits.blobBytesMax, first: 0, given
        ).encoded()
        #expect(((try? BlobReply(decoding: reply)) != nil) == (over == 0))
    }

    @Test func `fits the holder's limit with the longest ticket`() throws {
        let room = Limits.blobRequestBytes - Limits.ticketBytesMax - 256
        let digests = Array(repeating: Samples.digest("c"), count: BlobRequest.digestsMax)
        for request in [
            .missing(digests),
            .putPiece(
                Samples.digest("x"), index: 1 << 18, offset: 4 << 20,
                [UInt8](repeating: 1, count: Limits.pieceBytes)),
            .putManifest(
                Samples.digest("x"), byteCount: Limits.blobBytesMax, first: 1 << 18, digests),
        ] as [BlobRequest] {
            #expect(try request.encoded().count <= room)
        }
    }

    @Test func `holds the bounds of places and times`() throws {
        let limit = Limits.chunkBytes
        for (offset, count, isFine) in [
            (limit, 0, true), (limit + 1, 0, false), (0, limit, true), (0, limit + 1, false),
        ] {
            let piece = try BlobRequest.piece(
                Samples.digest("x"), index: 0, offset: offset, byteCount: count
            ).encoded()
            #expect(((try? BlobRequest(decoding: piece)) != nil) == isFine)
        }
        let pause = Int(Limits.pauseMillisecondsMax)
        for (milliseconds, isFine) in [(pause, true), (pause + 1, false)] {
            let later = try BlobReply.later(milliseconds: milliseconds).encoded()
            #expect(((try? BlobReply(decoding: later)) != nil) == isFine)
        }
    }
}
