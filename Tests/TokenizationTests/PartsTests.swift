import Testing

@testable import Tokenization

@Suite struct `Merging of pairs` {
    /// What a first-year student would write: look for the least rank, merge it, begin again.
    private func naive(_ word: [Int32], _ merges: PairTable) -> [Int32] {
        var ids = word
        while true {
            var best: (value: UInt64, index: Int)?
            for index in ids.indices.dropLast() {
                let value = merges.value(ids[index], ids[index + 1])
                if value != PairTable.absent, value < best?.value ?? PairTable.absent {
                    best = (value, index)
                }
            }
            guard let best else { return ids }
            ids[best.index] = Int32(best.value & 0xFFFF_FFFF)
            ids.remove(at: best.index + 1)
        }
    }

    @Test(arguments: [1, 2, 3, 31, 32, 33, 34, 100, 400])
    func `scanning and the heap agree with the naive twin`(length: Int) {
        var state: UInt64 = 42
        func random(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        // Four letters, and merges of any tokens made so far: words collapse in many orders.
        var merges = PairTable(capacity: 60)
        for rank in 0..<60 as Range<UInt64> {
            let limit = 4 + rank / 2
            let (first, second) = (Int32(random(limit)), Int32(random(limit)))
            merges.set(first, second, to: rank << 32 | (4 + rank))
        }
        let model = BytePairModel(
            symbols: .bytes(ByteSymbols(tokens: (0..<256).map { Int32($0) }, missing: [])),
            unknownToken: nil, fusesUnknown: false, merges: merges, wholeWords: WholeWords([:]),
            seams: nil)
        var merger = PairMerger()
        for _ in 0..<20 {
            let word = (0..<length).map { _ in UInt8(random(4)) }
            var ids: [Int32] = []
            merger.merge(word, 0..<length, with: model, into: &ids)
            #expect(ids == naive(word.map { Int32($0) }, merges))
        }
    }
}

@Suite struct `Canonical composition` {
    private func composed(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let output = CanonicalComposer.shared.normalized(bytes, 0..<bytes.count)
        return String(decoding: output ?? bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("plain", "plain"), ("e\u{301}", "\u{E9}"), ("q\u{307}\u{323}", "q\u{323}\u{307}"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("\u{D558}\u{11AB}", "\u{D55C}"),
        ("\u{212B}", "\u{C5}"), ("a\u{315}\u{300}\u{5AE}", "\u{E0}\u{5AE}\u{315}"),
        ("\u{958}", "\u{915}\u{93C}"), ("\u{301}e\u{301}", "\u{301}\u{E9}"),
    ])
    func `gives the composed scalars in canonical order`(text: String, expected: String) {
        #expect(Array(composed(text).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func `leaves text alone that has nothing to compose`() {
        let bytes = Array("Größe 漢字 한국어 naïve".utf8)
        #expect(CanonicalComposer.shared.normalized(bytes, 0..<bytes.count) == nil)
    }
}

@Suite struct `JSON reading` {
    @Test func `reads every escape`() throws {
        let json = Array(#"{"a":"\"\\\/\b\f\n\r\té😀\ud83d\ude00\u00e9"}"#.utf8)
        let text = try JSONReader.read(json).text("a", at: "here")
        #expect(Array(text.utf8) == Array("\"\\/\u{8}\u{C}\n\r\té😀😀é".utf8))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "01", "1.", "-", "nul", "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"",
        "[1] 2", "\"\\u12\"", "{\"a\":1,}", "1e",
    ])
    func `refuses what is not JSON`(text: String) {
        #expect(throws: TokenizationError.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func `refuses nesting without end`() {
        let deep = Array(repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: TokenizationError.malformedJSON(offset: 64, reason: "nested too deeply")) {
            try JSONReader.read(deep)
        }
    }
}

@Suite struct `A table of pairs` {
    /// Pairs that a file can name because they had one slot while the multiplier was known.
    private func colliding(_ count: Int, bits: UInt64) -> [(Int32, Int32)] {
        let golden: UInt64 = 0x9E37_79B9_7F4A_7C15
        // Newton's iteration doubles the bits of an inverse modulo 2^64.
        var inverse = golden
        for _ in 0..<6 { inverse = inverse &* (2 &- golden &* inverse) }
        var pairs: [(Int32, Int32)] = []
        var product: UInt64 = 0
        while pairs.count < count, product >> (64 - bits) == 0 {
            product += 1_234_567
            let mixed = product &* inverse
            let key = mixed ^ mixed >> 29 ^ mixed >> 58
            let (first, second) = (UInt32(key >> 32), UInt32(truncatingIfNeeded: key))
            if first < 1 << 31, second < 1 << 31 { pairs.append((Int32(first), Int32(second))) }
        }
        return pairs
    }

    @Test(.timeLimit(.minutes(1))) func `is not slowed down by chosen pairs`() {
        let pairs = colliding(1 << 19, bits: 20)
        #expect(pairs.count == 1 << 19)
        var table = PairTable(capacity: pairs.count)
        for (index, pair) in pairs.enumerated() { table.set(pair.0, pair.1, to: UInt64(index)) }
        #expect(
            pairs.enumerated().allSatisfy { index, pair in
                table.value(pair.0, pair.1) == UInt64(index)
            })
    }
}
