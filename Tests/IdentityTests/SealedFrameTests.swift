import Domain
import Testing

@testable import Identity

@Suite struct `Sealed frames of the blob plane` {
    private var random = Seeded(7)

    private mutating func pair(
        _ rights: BlobRights = BlobRights(getAny: true, mayPut: false)
    ) throws -> (reader: FrameSealer, holder: FrameOpener, pass: BlobPass) {
        let key = TicketKey(random: &random)
        let pass = key.makePass(rights, expiresUnixMs: noon + 60_000, random: &random)
        return (try FrameSealer(pass: pass), FrameOpener(key), pass)
    }

    @Test mutating func `carry a request and its reply`() throws {
        let (reader, holder, pass) = try pair()
        let sealed = reader.seal(Array("chunk 3?".utf8), random: &random)
        #expect(sealed.frame.count == 8 + reader.requestOverhead)
        #expect(
            reader.requestOverhead == BlobFrame.requestOverhead(ticketBytes: pass.ticket.count))
        #expect(sealed.frame.starts(with: Array("SB1".utf8)))
        let opened = try holder.open(sealed.frame, nowUnixMs: noon)
        #expect(opened.body == Array("chunk 3?".utf8))
        #expect(opened.rights == BlobRights(getAny: true, mayPut: false))
        let reply = opened.seal(Array("here".utf8), random: &random)
        #expect(reply.count == 4 + BlobFrame.replyOverhead)
        #expect(try reader.open(reply, to: sealed) == Array("here".utf8))
    }

    @Test mutating func `carry nothing and four MiB`() throws {
        let (reader, holder, _) = try pair()
        for count in [0, 1, 4 << 20] {
            let body = [UInt8](repeating: 0x5a, count: count)
            let sealed = reader.seal(body, random: &random)
            let opened = try holder.open(sealed.frame, nowUnixMs: noon)
            #expect(opened.body == body)
            #expect(
                try reader.open(opened.seal(body, random: &random), to: sealed) == body)
        }
    }

    @Test mutating func `show nothing of the content and never look the same`() throws {
        let (reader, _, _) = try pair()
        let body = [UInt8](repeating: 0, count: 256)
        let first = reader.seal(body, random: &random).frame
        let second = reader.seal(body, random: &random).frame
        #expect(first != second)
        #expect(first.suffix(272).filter { $0 == 0 }.count < 16)
    }

    @Test mutating func `are refused after a flip of any bit of a request`() throws {
        let (reader, holder, _) = try pair()
        let frame = reader.seal(Array("get".utf8), random: &random).frame
        for index in frame.indices {
            for bit in 0..<8 {
                var changed = frame
                changed[index] ^= 1 << bit
                let error = failure { _ = try holder.open(changed, nowUnixMs: noon) }
                #expect(error?.frameRefusal != nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test mutating func `are refused after a flip of any bit of a reply`() throws {
        let (reader, holder, _) = try pair()
        let sealed = reader.seal(Array("get".utf8), random: &random)
        let reply = try holder.open(sealed.frame, nowUnixMs: noon)
            .seal(Array("chunk".utf8), random: &random)
        for index in reply.indices {
            for bit in 0..<8 {
                var changed = reply
                changed[index] ^= 1 << bit
                #expect(
                    failure { _ = try reader.open(changed, to: sealed) } == .tamperedFrame)
            }
        }
    }

    @Test mutating func `are refused when cut at any length`() throws {
        let (reader, holder, _) = try pair()
        let sealed = reader.seal(Array("get".utf8), random: &random)
        for count in 0..<sealed.frame.count {
            let cut = Array(sealed.frame.prefix(count))
            #expect(failure { _ = try holder.open(cut, nowUnixMs: noon) } != nil)
        }
        let reply = try holder.open(sealed.frame, nowUnixMs: noon).seal([1, 2], random: &random)
        for count in 0..<reply.count {
            let cut = Array(reply.prefix(count))
            #expect(failure { _ = try reader.open(cut, to: sealed) } == .tamperedFrame)
        }
    }

    @Test mutating func `refuse a reply to another request`() throws {
        let (reader, holder, _) = try pair()
        let first = reader.seal([1], random: &random)
        let second = reader.seal([1], random: &random)
        let reply = try holder.open(first.frame, nowUnixMs: noon).seal([9], random: &random)
        #expect(failure { _ = try reader.open(reply, to: second) } == .tamperedFrame)
    }

    @Test mutating func `refuse a request sent back as a reply`() throws {
        let (reader, _, _) = try pair()
        let sealed = reader.seal([1], random: &random)
        #expect(failure { _ = try reader.open(sealed.frame, to: sealed) } == .tamperedFrame)
        let body = BlobFrame.magic + sealed.frame.suffix(29)
        #expect(failure { _ = try reader.open(body, to: sealed) } == .tamperedFrame)
    }

    @Test mutating func `refuse a ticket for another holder`() throws {
        let (reader, _, _) = try pair()
        let other = FrameOpener(TicketKey(random: &random))
        let frame = reader.seal([1], random: &random).frame
        #expect(failure { _ = try other.open(frame, nowUnixMs: noon) } == .unknownTicket)
    }

    @Test mutating func `refuse a frame under the ticket of somebody else`() throws {
        let key = TicketKey(random: &random)
        let rights = BlobRights(getAny: true, mayPut: true)
        let mine = key.makePass(rights, expiresUnixMs: noon + 1, random: &random)
        let theirs = key.makePass(rights, expiresUnixMs: noon + 1, random: &random)
        let forged = try FrameSealer(
            pass: BlobPass(key: mine.key, ticket: theirs.ticket, expiresUnixMs: noon + 1))
        let frame = forged.seal([1], random: &random).frame
        let holder = FrameOpener(key)
        #expect(failure { _ = try holder.open(frame, nowUnixMs: noon) } == .tamperedFrame)
    }

    @Test mutating func `refuse a ticket at its end`() throws {
        let (reader, holder, pass) = try pair()
        let frame = reader.seal([1], random: &random).frame
        _ = try holder.open(frame, nowUnixMs: pass.expiresUnixMs - 1)
        let error = failure { _ = try holder.open(frame, nowUnixMs: pass.expiresUnixMs) }
        #expect(
            error == .expiredTicket(expiresUnixMs: noon + 60_000, nowUnixMs: noon + 60_000))
        #expect(error?.frameRefusal == .expiredTicket)
        #expect(error?.description.contains("check the clocks") == true)
    }

    @Test mutating func `tell a plain frame from a sealed one`() throws {
        let (_, holder, _) = try pair()
        for frame in [[], [8, 1], Array("SB2xxxxxxxxxxx".utf8)] as [[UInt8]] {
            #expect(failure { _ = try holder.open(frame, nowUnixMs: noon) } == .plainFrame)
        }
    }

    @Test mutating func `bring a holder's refusal back as a sentence`() throws {
        let (reader, _, _) = try pair()
        let sealed = reader.seal([1], random: &random)
        for refusal in FrameRefusal.allCases {
            #expect(
                failure { _ = try reader.open(refusal.encoded, to: sealed) }
                    == .refusedFrame(refusal))
        }
        #expect(
            failure { _ = try reader.open(Array("SBX\u{9}".utf8), to: sealed) } == .tamperedFrame)
    }

    @Test mutating func `open under the keys of the last four sessions`() throws {
        let keys = (0..<6).map { _ in TicketKey(random: &random) }
        var holder = FrameOpener(keys[0])
        for key in keys.dropFirst() { holder.renew(key) }
        for (index, key) in keys.enumerated() {
            let pass = key.makePass(
                BlobRights(getAny: true, mayPut: false), expiresUnixMs: noon + 1, random: &random)
            let frame = try FrameSealer(pass: pass).seal([1], random: &random).frame
            let error = failure { _ = try holder.open(frame, nowUnixMs: noon) }
            #expect(error == (index < 2 ? .unknownTicket : nil))
        }
    }

    @Test mutating func `use the key that both ends derive from a session`() throws {
        let session = SessionKey(random: &random)
        let pass = TicketKey(derivedFrom: session).makePass(
            BlobRights(getAny: true, mayPut: false), expiresUnixMs: noon + 1, random: &random)
        let frame = try FrameSealer(pass: pass).seal([4], random: &random).frame
        let copy = try #require(SessionKey(bytes: session.bytes))
        let holder = FrameOpener(TicketKey(derivedFrom: copy))
        #expect(try holder.open(frame, nowUnixMs: noon).body == [4])
    }

    @Test mutating func `refuse a pass of impossible lengths`() throws {
        let (_, _, pass) = try pair()
        for (key, ticket) in [
            (31, 100), (33, 100), (0, 100), (32, 0), (32, Ticket.emptyBytes - 1),
            (32, Limits.ticketBytesMax + 1),
        ] {
            let bad = BlobPass(
                key: [UInt8](repeating: 1, count: key),
                ticket: [UInt8](repeating: 1, count: ticket), expiresUnixMs: pass.expiresUnixMs)
            #expect(failure { _ = try FrameSealer(pass: bad) } == .malformedPass)
        }
    }
}
