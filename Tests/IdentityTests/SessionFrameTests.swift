import Testing

@testable import Identity

@Suite struct `Frames of a session` {
    private var random = Seeded(3)

    @Test mutating func `prove their sender and keep their content`() throws {
        let key = SessionKey(random: &random)
        let session = SessionID(random: &random)
        for count in [1, 2, 1_000] {
            let inner = random.bytes(count)
            let bytes = SessionFrame.encode(inner, session: session, counter: 9, key: key)
            #expect(bytes.count == count + SessionFrame.overhead)
            let frame = try SessionFrame(decoding: bytes)
            #expect(frame.session == session)
            #expect(frame.counter == 9)
            #expect(frame.inner == inner)
            #expect(frame.isAuthentic(under: key))
            #expect(!frame.isAuthentic(under: SessionKey(random: &random)))
        }
    }

    @Test mutating func `are refused after a flip of any bit`() throws {
        let key = SessionKey(random: &random)
        let bytes = SessionFrame.encode(
            Array("Wcommit".utf8), session: SessionID(random: &random), counter: 1 << 40, key: key)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                let frame = try? SessionFrame(decoding: changed)
                #expect(frame?.isAuthentic(under: key) != true, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test mutating func `are refused when cut or lengthened`() throws {
        let key = SessionKey(random: &random)
        let bytes = SessionFrame.encode(
            [1, 2, 3], session: SessionID(random: &random), counter: 1, key: key)
        for count in 0..<bytes.count {
            let frame = try? SessionFrame(decoding: Array(bytes.prefix(count)))
            #expect(frame?.isAuthentic(under: key) != true)
        }
        #expect(try !SessionFrame(decoding: bytes + [0]).isAuthentic(under: key))
        #expect(
            failure { _ = try SessionFrame(decoding: Array(bytes.prefix(57))) }
                == .malformedSessionFrame)
    }

    @Test mutating func `take a key and a name of their exact lengths only`() {
        for count in [0, 31, 33] { #expect(SessionKey(bytes: random.bytes(count)) == nil) }
        for count in [0, 15, 17] { #expect(SessionID(bytes: random.bytes(count)) == nil) }
        let bytes = random.bytes(16)
        #expect(SessionID(bytes: bytes)?.bytes == bytes)
        let key = SessionKey(random: &random)
        #expect("\(key)" == "SessionKey(secret)")
    }
}

/// A window behind a reference: what changes cannot stand within an expectation.
private final class Window {
    private var window = ReplayWindow()

    func accept(_ counter: UInt64) -> Bool { window.accept(counter) }
}

@Suite struct `The window of counters` {
    @Test func `takes each counter once, in order or not`() {
        let window = Window()
        for counter: UInt64 in [1, 3, 2, 10, 5, 4_000, 4] { #expect(window.accept(counter)) }
        for counter: UInt64 in [1, 3, 2, 10, 5, 4_000, 4, 0] { #expect(!window.accept(counter)) }
    }

    @Test func `refuses what is 4,096 behind and takes what is 4,095 behind`() {
        let window = Window()
        #expect(window.accept(10_000))
        #expect(!window.accept(10_000 - 4_096))
        #expect(window.accept(10_000 - 4_095))
        #expect(!window.accept(10_000 - 4_095))
    }

    @Test func `reaches the largest counter without overflow`() {
        let window = Window()
        #expect(window.accept(1))
        #expect(window.accept(.max))
        #expect(!window.accept(.max))
        #expect(window.accept(.max - 4_095))
        #expect(!window.accept(.max - 4_096))
        #expect(!window.accept(1))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `agrees with a set of all counters`(seed: UInt64) {
        var random = Seeded(seed)
        let window = Window()
        var used: Set<UInt64> = []
        var highest: UInt64 = 0
        for _ in 0..<3_000 {
            let jump = Int.random(in: 0..<40, using: &random) == 0 ? 9_000 : 60
            let low = highest > 4_500 ? highest - 4_500 : 0
            let counter = UInt64.random(in: low...highest + UInt64(jump), using: &random)
            let expected =
                counter > 0 && !used.contains(counter)
                && (counter > highest || highest - counter < 4_096)
            #expect(window.accept(counter) == expected, "seed \(seed), counter \(counter)")
            if expected {
                used.insert(counter)
                highest = max(highest, counter)
            }
        }
    }
}
