import Testing

@testable import Tokenization

@Suite struct `Seams in words` {
    /// The model's ids of one word, cut at the seams or not.
    private func ids(_ model: BytePairModel, _ text: [UInt8], cut: Bool) -> [Int32] {
        let model = BytePairModel(
            symbols: model.symbols, unknownToken: model.unknownToken,
            fusesUnknown: model.fusesUnknown, merges: model.merges,
            wholeWords: model.wholeWords, seams: cut ? model.seams : nil)
        var encoder = WordEncoder(model: .bytePairs(model), textBytes: text.count)
        encoder.encode(text, 0..<text.count)
        return encoder.ids
    }

    private func model(_ name: String) throws -> BytePairModel {
        let file = try TokenizerFile(Fixture.bytes("\(name).json"))
        guard case .bytePairs(let model) = file.model else {
            throw TokenizationError.missingField(name)
        }
        return model
    }

    private func marked(_ text: [UInt8]) throws -> [UInt8] {
        try TextReplacement(pattern: [0x20], content: Array("▁".utf8))
            .replaced(text, 0..<text.count)
    }

    @Test(arguments: ["llama2", "mistral", "metaspace", "gemma"])
    func `change no token`(name: String) throws {
        let model = try model(name)
        let text = try marked(Fixture.bytes("mixed.txt"))
        #expect(ids(model, text, cut: true) == ids(model, text, cut: false))
    }

    @Test func `lie before marks that no merge joins to what precedes them`() throws {
        let text = Array("wood▁▁the▁curve".utf8)
        let seams = try #require(try model("llama2").seams)
        let first = seams.partEnd(text, 0..<text.count)
        #expect(String(decoding: text[..<first], as: UTF8.self) == "wood")
        let last = seams.partEnd(text, (text.count - 8)..<text.count)
        #expect(last == text.count)
    }

    @Test func `are nowhere beside tokens that stand for bytes or for what is unknown`() throws {
        let file = try JSONReader.read(Array(#"{"▁":0,"a":1,"?":2,"<0x41>":3}"#.utf8))
        let vocabulary = try Vocabulary(file, isByteLevel: false)
        let text = Array("b▁a".utf8)
        for (left, expected) in [("a", 1), ("<0x41>", 5), ("x?", 5)] {
            var seams = try #require(MergeSeams(vocabulary, unknownSpelling: Array("?".utf8)))
            seams.add(Array(left.utf8), Array("▁a".utf8))
            #expect(seams.partEnd(text, 0..<text.count) == expected, "\(left)")
        }
    }
}

@Suite struct `Splitting at a string` {
    @Test(arguments: [
        (LiteralSplit.Behavior.removed, false, ["a", "b", "c"]),
        (.isolated, false, ["-", "a", "-", "-", "b", "-", "c"]),
        (.contiguous, false, ["-", "a", "--", "b", "-", "c"]),
        (.mergedWithPrevious, false, ["-", "a-", "-", "b-", "c"]),
        (.mergedWithNext, false, ["-a", "-", "-b", "-c"]),
        (.removed, true, ["-", "-", "-", "-"]),
        (.contiguous, true, ["-", "a", "--", "b", "-", "c"]),
        (.mergedWithPrevious, true, ["-a", "-", "-b", "-c"]),
        (.mergedWithNext, true, ["-", "a-", "-", "b-", "c"]),
    ])
    func `gives the pieces of the behavior`(
        behavior: LiteralSplit.Behavior, isInverted: Bool, expected: [String]
    ) {
        let text = Array("-a--b-c".utf8)
        let split = LiteralSplit(
            literal: Array("-".utf8), behavior: behavior, isInverted: isInverted)
        var pieces: [Range<Int>] = []
        split.appendPieces(of: text, 0..<text.count, to: &pieces)
        #expect(pieces.map { String(decoding: text[$0], as: UTF8.self) } == expected)
    }
}

@Suite struct `BERT's normalization` {
    private func normalized(_ text: String, _ normalizer: BertNormalizer) -> [Unicode.Scalar] {
        let bytes = Array(text.utf8)
        let output = normalizer.normalized(bytes, 0..<bytes.count)
        return Array(String(decoding: output, as: UTF8.self).unicodeScalars)
    }

    @Test(arguments: [
        ("CAFÉ Straße", "cafe straße"), ("ΑΣ", "ασ"),
        ("\u{130}x", "ix"), ("a\u{200B}b\u{0}c\td", "abc d"), ("漢x", " 漢 x"),
        ("\u{F900}", " \u{8C48} "), ("a\u{301}\u{200D}\u{302}b", "ab"),
        ("\u{AC01}", "\u{1100}\u{1161}\u{11A8}"), ("x\u{302E}\u{1B44}\u{301}", "x\u{1B44}\u{302E}"),
    ])
    func `cleans, separates, strips and lowercases`(text: String, expected: String) {
        let all = BertNormalizer(
            cleansText: true, separatesIdeographs: true, stripsAccents: true, lowercases: true)
        #expect(normalized(text, all) == Array(expected.unicodeScalars))
    }

    @Test func `does only what is asked for`() {
        let none = BertNormalizer(
            cleansText: false, separatesIdeographs: false, stripsAccents: false,
            lowercases: false)
        let text = "CAFÉ\t漢\u{200B}e\u{301}"
        #expect(normalized(text, none) == Array(text.unicodeScalars))
        let small = BertNormalizer(
            cleansText: false, separatesIdeographs: false, stripsAccents: false,
            lowercases: true)
        #expect(normalized("İÉ", small) == Array("i\u{307}\u{E9}".unicodeScalars))
    }
}

@Suite struct `Decoding of texts` {
    private func decoded(_ texts: [String], _ steps: [TokenDecoder.Step]) throws -> String {
        let decoder = TokenDecoder(steps: steps, separator: [])
        return String(decoding: try decoder.decoded(texts.map { Array($0.utf8) }), as: UTF8.self)
    }

    @Test func `joins bytes to characters, and marks those that are none`() throws {
        let texts = ["a", "<0xE6>", "<0xBC>", "<0xA2>", "b", "<0xE6>", "<0xBC>", "<0xG0>"]
        #expect(try decoded(texts, [.byteFallback]) == "a漢b\u{FFFD}\u{FFFD}<0xG0>")
    }

    @Test func `strips no more than it is told to`() throws {
        let space = Array(" ".utf8)
        #expect(try decoded(["   a  "], [.strip(character: space, start: 2, end: 1)]) == " a ")
        let all = TokenDecoder.Step.strip(character: space, start: .max, end: .max)
        #expect(try decoded(["   ", " b"], [all]) == "b")
    }

    @Test func `joins word pieces and cleans up around them`() throws {
        let texts = ["do", "##ne", "n't", ",", "##x"]
        let prefix = Array("##".utf8)
        #expect(
            try decoded(texts, [.wordPieces(prefix: prefix, cleansUp: true)]) == "donen't,x")
        #expect(
            try decoded(texts, [.wordPieces(prefix: prefix, cleansUp: false)]) == "done n't ,x")
    }
}
