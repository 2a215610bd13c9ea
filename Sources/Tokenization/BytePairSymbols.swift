/// What each byte begins as, in a byte-level model.
struct ByteSymbols: Sendable {
    /// What a byte that has no token of its own becomes.
    enum MissingByte: Sendable {
        /// The tokens of `byte_fallback` for the spelling of this byte.
        case fallback([Int32])
        /// The unknown token, or nothing at all if there is none.
        case unknown
    }

    /// The first token of each byte, -1 where the vocabulary has none.
    let tokens: [Int32]
    /// By byte, read only where `tokens` is -1.
    let missing: [MissingByte]

    func append(
        _ text: [UInt8], _ word: Range<Int>, to ids: inout [Int32], _ unknown: inout UnknownRun
    ) {
        for index in word {
            let byte = Int(text[index])
            let token = tokens[byte]
            if token >= 0 {
                unknown.end(&ids)
                ids.append(token)
            } else if case .fallback(let tokens) = missing[byte] {
                // The library leaves a waiting unknown token for after the fallback tokens.
                ids.append(contentsOf: tokens)
            } else {
                unknown.add(&ids)
            }
        }
    }

    /// The symbols of a vocabulary in `ByteAlphabet`.
    init(_ vocabulary: Vocabulary, fallsBack: Bool) {
        let spellings = ByteAlphabet.spellings
        let fallback = vocabulary.byteTokens
        tokens = spellings.map { vocabulary.ids[$0] ?? -1 }
        missing = spellings.map { spelling in
            let tokens = spelling.map { fallback[Int($0)] }
            return fallsBack && !tokens.contains(-1) ? .fallback(tokens) : .unknown
        }
    }

    init(tokens: [Int32], missing: [MissingByte]) {
        self.tokens = tokens
        self.missing = missing
    }

    /// Whether some byte has no token at all.
    var leavesUnknown: Bool {
        zip(tokens, missing).contains { token, missing in
            if token < 0, case .unknown = missing { true } else { false }
        }
    }
}

/// What each character begins as, in a model of SentencePiece's kind.
struct ScalarSymbols: Sendable {
    private var asciiTokens = Array(repeating: Int32(-1), count: 128)
    /// (scalar, 0) to token.
    private var tokens: PairTable
    /// By byte, what a character without a token is spelled with; -1 where there is none.
    private let byteTokens: [Int32]

    /// The symbols of a vocabulary of characters; `fallsBack` for those without a token to be
    /// spelled in bytes.
    init(_ vocabulary: Vocabulary, fallsBack: Bool) {
        let known = vocabulary.ids.filter { token, _ in
            token.first.map { UTF8Text.length(lead: $0) == token.count } ?? false
        }
        tokens = PairTable(capacity: known.count)
        for (token, id) in known {
            let scalar = UTF8Text.scalar(in: token, at: 0)
            if scalar < 0x80 {
                asciiTokens[Int(scalar)] = id
            } else {
                tokens.set(Int32(scalar), 0, to: UInt64(id))
            }
        }
        byteTokens = fallsBack ? vocabulary.byteTokens : Array(repeating: -1, count: 256)
    }

    /// Whether some character may have no token at all.
    var leavesUnknown: Bool { byteTokens.contains(-1) }

    func append(
        _ text: [UInt8], _ word: Range<Int>, to ids: inout [Int32], _ unknown: inout UnknownRun
    ) {
        var index = word.lowerBound
        while index < word.upperBound {
            let length = UTF8Text.length(lead: text[index])
            let known = token(UTF8Text.scalar(in: text, at: index))
            if known >= 0 {
                unknown.end(&ids)
                ids.append(known)
            } else if isSpelledInBytes(text, index..<(index + length)) {
                // The library leaves a waiting unknown token for after the fallback tokens.
                for place in index..<(index + length) { ids.append(byteTokens[Int(text[place])]) }
            } else {
                unknown.add(&ids)
            }
            index += length
        }
    }

    @inline(__always)
    private func token(_ scalar: UInt32) -> Int32 {
        guard scalar >= 0x80 else { return asciiTokens[Int(scalar)] }
        // A missing one has all bits set: -1.
        return Int32(truncatingIfNeeded: tokens.value(Int32(scalar), 0))
    }

    private func isSpelledInBytes(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        for index in range where byteTokens[Int(text[index])] < 0 { return false }
        return true
    }
}
