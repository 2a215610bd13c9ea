/// Makes a text of the texts of tokens.
struct TokenDecoder: Sendable, Equatable {
    /// One step, from a list of texts to another.
    enum Step: Sendable, Equatable {
        /// Tokens like "<0xE2>" become the bytes that they stand for.
        case byteFallback
        /// All texts become one.
        case fuse
        /// Of each text, up to so many of a character go at its beginning and at its end.
        case strip(character: [UInt8], start: Int, end: Int)
        case replacement(TextReplacement)
        /// Marks become spaces; those of the first text go unless nothing was put before it.
        case metaspace(Metaspace)
        /// A space before each text but the first, unless it begins with the prefix, which goes.
        case wordPieces(prefix: [UInt8], cleansUp: Bool)
    }

    let steps: [Step]
    /// What is put between the texts at last.
    let separator: [UInt8]

    /// The text of tokens with these texts, which are valid UTF-8.
    ///
    /// Throws if it would be longer than a text may be.
    func decoded(_ tokens: [[UInt8]]) throws(TokenizationError) -> [UInt8] {
        var texts = tokens
        for step in steps { texts = try Self.applied(step, texts) }
        return Array(texts.joined(separator: separator))
    }

    private static func applied(
        _ step: Step, _ texts: [[UInt8]]
    ) throws(TokenizationError) -> [[UInt8]] {
        switch step {
        case .byteFallback: return bytesJoined(texts)
        case .fuse: return [Array(texts.joined())]
        case .strip(let character, let start, let end):
            return texts.map { stripped($0, of: character, start: start, end: end) }
        case .replacement(let replacement):
            return try mapped(texts) { _, text throws(TokenizationError) in
                try replacement.replaced(text, 0..<text.count)
            }
        case .metaspace(let metaspace):
            let space = [UInt8(ascii: " ")]
            let dropped = TextReplacement(pattern: metaspace.mark, content: [])
            let spaced = TextReplacement(pattern: metaspace.mark, content: space)
            return try mapped(texts) { index, text throws(TokenizationError) in
                let drops = index == 0 && metaspace.prepending != .never
                return try (drops ? dropped : spaced).replaced(text, 0..<text.count)
            }
        case .wordPieces(let prefix, let cleansUp):
            return try mapped(texts) { index, text throws(TokenizationError) in
                let word = index == 0 ? text : continued(text, prefix)
                return cleansUp ? try cleanedUp(word) : word
            }
        }
    }

    private static func mapped(
        _ texts: [[UInt8]],
        _ transform: (Int, [UInt8]) throws(TokenizationError) -> [UInt8]
    ) throws(TokenizationError) -> [[UInt8]] {
        var output: [[UInt8]] = []
        output.reserveCapacity(texts.count)
        for (index, text) in texts.enumerated() { output.append(try transform(index, text)) }
        return output
    }

    /// Runs of byte tokens as their text or, where that is no UTF-8, a U+FFFD for each byte.
    private static func bytesJoined(_ texts: [[UInt8]]) -> [[UInt8]] {
        var output: [[UInt8]] = []
        var bytes: [UInt8] = []
        func endRun() {
            guard !bytes.isEmpty else { return }
            if UTF8Text.firstInvalidOffset(in: bytes) == nil {
                output.append(bytes)
            } else {
                let unreadable: [UInt8] = [0xEF, 0xBF, 0xBD]
                output.append(contentsOf: repeatElement(unreadable, count: bytes.count))
            }
            bytes = []
        }
        for text in texts {
            if let byte = byte(of: text) {
                bytes.append(byte)
            } else {
                endRun()
                output.append(text)
            }
        }
        endRun()
        return output
    }

    /// The byte that a token like "<0xE2>" stands for.
    private static func byte(of token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">")
        else { return nil }
        return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
    }

    private static func stripped(
        _ text: [UInt8], of character: [UInt8], start: Int, end: Int
    ) -> [UInt8] {
        var rest = text[...]
        for _ in 0..<start {
            guard rest.starts(with: character) else { break }
            rest = rest.dropFirst(character.count)
        }
        for _ in 0..<end {
            guard rest.suffix(character.count).elementsEqual(character) else { break }
            rest = rest.dropLast(character.count)
        }
        return Array(rest)
    }

    private static func continued(_ text: [UInt8], _ prefix: [UInt8]) -> [UInt8] {
        text.starts(with: prefix)
            ? Array(text.dropFirst(prefix.count)) : [UInt8(ascii: " ")] + text
    }

    private static func cleanedUp(_ text: [UInt8]) throws(TokenizationError) -> [UInt8] {
        var text = text
        for artefact in artefacts { text = try artefact.replaced(text, 0..<text.count) }
        return text
    }

    /// The library's list, in its order.
    private static let artefacts: [TextReplacement] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
        (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { TextReplacement(pattern: Array($0.0.utf8), content: Array($0.1.utf8)) }
}
