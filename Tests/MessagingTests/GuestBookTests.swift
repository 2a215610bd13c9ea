import Testing

@testable import Messaging

@Suite struct `Guest book` {
    private let now = Duration.seconds(100)

    private func book(
        door: Int = 4, perSource: Int = 2, waiting: Int = 3, patience: Int = 10
    ) -> GuestBook {
        GuestBook(
            limits: DoormanLimits(
                perSourceMax: perSource, waitingMax: waiting, patience: .seconds(patience)),
            doorMax: door)
    }

    /// Guests that come and speak at once.
    private func enter(
        _ book: inout GuestBook, _ number: Int, from source: UInt64, at now: Duration? = nil
    ) -> [GuestBook.Instruction] {
        let now = now ?? self.now
        return book.arrive(number, from: source, at: now) + book.speak(number, at: now)
    }

    @Test func `lets nobody through who is silent`() {
        var book = book()
        #expect(book.arrive(1, from: 7, at: now) == [])
        #expect(book.doorCount == 0)
        #expect(book.speak(1, at: now) == [.letThrough(1)])
        #expect(book.doorCount == 1)
    }

    @Test func `keeps room of one source and of all`() {
        var book = book(door: 4, perSource: 2, waiting: 9)
        for number in 1...2 { #expect(enter(&book, number, from: 7) == [.letThrough(number)]) }
        #expect(enter(&book, 3, from: 7) == [])
        for number in 4...5 { #expect(enter(&book, number, from: 8) == [.letThrough(number)]) }
        #expect(enter(&book, 6, from: 9) == [])
        #expect(book.doorCount == 4)
        #expect(book.waitingCount == 2)
        // Source 7 still has one at the door, source 9 none.
        #expect(book.leave(1, at: now) == [.letThrough(6)])
        #expect(book.leave(2, at: now) == [.letThrough(3)])
    }

    @Test func `lets those wait no longer who hold most`() {
        var book = book(door: 2, perSource: 1)
        for number in 1...2 { _ = enter(&book, number, from: UInt64(number)) }
        #expect(enter(&book, 4, from: 8) == [])
        #expect(book.tick(at: now + .milliseconds(900)) == [])
        // After a second of grace the oldest goes, and its room is free once it has gone.
        #expect(book.tick(at: now + .seconds(1)) == [.turnAway(1)])
        #expect(book.tick(at: now + .seconds(1)) == [])
        #expect(book.leave(1, at: now + .seconds(1)) == [.letThrough(4)])
        #expect(book.tick(at: now + .seconds(2)) == [])
    }

    @Test func `forgets whoever is admitted`() {
        var book = book(door: 1)
        _ = enter(&book, 1, from: 7)
        #expect(enter(&book, 2, from: 8) == [])
        #expect(book.admit(1, at: now) == [.letThrough(2)])
        #expect(book.tick(at: now + .seconds(9)) == [])
        #expect(book.tick(at: now + .seconds(10)) == [.turnAway(2)])
        #expect(book.leave(2, at: now + .seconds(10)) == [])
        #expect(book.isEmpty)
    }

    @Test func `sends the silent away after their patience`() {
        var book = book()
        _ = book.arrive(1, from: 7, at: now)
        _ = book.arrive(2, from: 7, at: now + .seconds(1))
        #expect(book.tick(at: now + .seconds(10)) == [.turnAway(1)])
        #expect(book.tick(at: now + .seconds(11)) == [.turnAway(2)])
        #expect(book.isEmpty)
    }

    @Test func `turns away of the source that waits most`() {
        var book = book(waiting: 3)
        #expect(book.arrive(1, from: 7, at: now) == [])
        #expect(book.arrive(2, from: 7, at: now) == [])
        #expect(book.arrive(3, from: 8, at: now) == [])
        #expect(book.arrive(4, from: 9, at: now) == [.turnAway(1)])
        // Now all have one; the smallest number of a source decides, and it has nobody else.
        #expect(book.arrive(5, from: 7, at: now) == [.turnAway(2)])
        #expect(book.waitingCount == 3)
    }

    @Test func `turns the oldest away when all of a source speak, never a newcomer`() {
        var book = book(door: 2, perSource: 1, waiting: 2)
        for number in 1...3 { _ = enter(&book, number, from: 7) }
        #expect(book.arrive(4, from: 7, at: now) == [.turnAway(2)])
        #expect(book.arrive(5, from: 8, at: now) == [.turnAway(4)])
        #expect(book.speak(5, at: now) == [.letThrough(5)])
    }

    @Test func `lets the newest of a source through first`() {
        var book = book(door: 2, perSource: 1, waiting: 9)
        for number in 1...4 { _ = enter(&book, number, from: 7) }
        #expect(book.leave(1, at: now) == [.letThrough(4)])
        #expect(book.leave(4, at: now) == [.letThrough(3)])
    }

    @Test func `keeps half of the door free of any one source`() {
        var book = book(door: 4, perSource: 99, waiting: 9)
        for number in 1...4 { _ = enter(&book, number, from: 7) }
        #expect(book.doorCount == 2)
        #expect(enter(&book, 5, from: 8) == [.letThrough(5)])
    }

    @Test func `works out how many strangers fit into its memory`() {
        let limits = DoormanLimits()
        #expect(limits.strangers(costing: 80 << 10) == 38)
        #expect(limits.strangers(costing: 1) == 64)
        #expect(limits.strangers(costing: 1 << 30) == 4)
        #expect(DoormanLimits(strangersMax: 9).strangers(costing: 1) == 9)
    }
}

@Suite struct `Trail of TLS records` {
    private func record(type: UInt8, bytes: Int) -> [UInt8] {
        [type, 3, 3, UInt8(bytes >> 8), UInt8(bytes & 255)] + [UInt8](repeating: 1, count: bytes)
    }

    @Test(arguments: 1...12)
    func `sees the first record of data, however the bytes are cut`(step: Int) {
        let handshake = record(type: 22, bytes: 300) + record(type: 20, bytes: 1)
        let all = handshake + record(type: 22, bytes: 0) + record(type: 23, bytes: 40)
        var trail = RecordTrail()
        var seenAt: Int?
        for start in stride(from: 0, to: all.count, by: step) {
            let piece = Array(all[start..<min(start + step, all.count)])
            trail.follow(piece.span)
            if trail.hasSeenData, seenAt == nil { seenAt = start + piece.count }
        }
        // A header is known with its fifth byte.
        let known = handshake.count + 5 + 5
        #expect((known..<known + step).contains(seenAt ?? 0))
    }

    @Test func `ends whatever record was cut off and begins an impossible one`() {
        let all = record(type: 22, bytes: 700)
        for cut in 0..<all.count {
            var trail = RecordTrail()
            trail.follow(Array(all[..<cut]).span)
            let ruined = Array(all[..<cut]) + trail.ruin
            var reader = RecordTrail()
            reader.follow(Array(ruined.dropLast(5)).span)
            #expect(reader.ruin == [UInt8](repeating: 0xFF, count: 5), "cut after \(cut) bytes")
        }
    }
}

@Suite struct `Address of a peer` {
    @Test func `counts an IPv4 address alone and an IPv6 network together`() {
        #expect(PeerAddress(ipv4: [192, 0, 2, 7]).host == "192.0.2.7")
        #expect(PeerAddress(ipv4: [127, 9, 9, 9]).isLoopback)
        #expect(!PeerAddress(ipv4: [128, 0, 0, 1]).isLoopback)
        let network: [UInt8] = [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 1]
        let one = PeerAddress(ipv6: network + [0, 0, 0, 0, 0, 0, 0, 1])
        let other = PeerAddress(ipv6: network + [9, 9, 9, 9, 9, 9, 9, 9])
        #expect(one.host == "2001:db8:0:1::1")
        #expect(one.source == other.source)
        #expect(PeerAddress(ipv6: [UInt8](repeating: 0, count: 15) + [1]).isLoopback)
        let mapped = [UInt8](repeating: 0, count: 10) + [255, 255, 10, 0, 0, 1]
        #expect(PeerAddress(ipv6: mapped) == PeerAddress(ipv4: [10, 0, 0, 1]))
    }
}
