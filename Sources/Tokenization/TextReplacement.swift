/// One string put in the place of another, everywhere in a text.
struct TextReplacement: Sendable, Equatable {
    /// Never empty.
    let pattern: [UInt8]
    let content: [UInt8]

    /// `prefix` and then the range of the text with every occurrence replaced, from the left and
    /// without overlaps.
    ///
    /// Throws if that is longer than a text may be.
    func replaced(
        _ text: [UInt8], _ range: Range<Int>, prefix: [UInt8] = []
    ) throws(TokenizationError) -> [UInt8] {
        var output = prefix
        output.reserveCapacity(prefix.count + range.count + range.count / 4)
        var copied = range.lowerBound
        var index = range.lowerBound
        let last = range.upperBound - pattern.count
        while index <= last {
            guard text[index] == pattern[0], matches(text, index) else {
                index += 1
                continue
            }
            output.append(contentsOf: text[copied..<index])
            output.append(contentsOf: content)
            index += pattern.count
            copied = index
            try Tokenizer.checkLength(output.count)
        }
        output.append(contentsOf: text[copied..<range.upperBound])
        try Tokenizer.checkLength(output.count)
        return output
    }

    private func matches(_ text: [UInt8], _ start: Int) -> Bool {
        for offset in 1..<max(1, pattern.count) where text[start + offset] != pattern[offset] {
            return false
        }
        return true
    }
}

extension TextReplacement {
    /// Together the replacements of a file lengthen a text at most so many times; those in use,
    /// three.
    static let growthMaximum = 64

    /// The longest string that is looked for, in bytes.
    ///
    /// Finding it may take so many comparisons at each byte of a text. Those in use have one
    /// character or two.
    static let patternBytesMaximum = 256

    /// Reads a Replace, which normalizers and decoders have alike.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        let place = "\(path).pattern"
        let patternJSON = json.member("pattern")
        if let expression = try patternJSON.optionalBytes("Regex", at: place) {
            throw .unsupported(
                field: place, kind: "the regular expression \(Vocabulary.name(expression))",
                advice: "only strings are replaced")
        }
        pattern = try patternJSON.bytes("String", at: place)
        guard (1...Self.patternBytesMaximum).contains(pattern.count) else {
            throw .invalidField(
                "\(place).String", expected: "1 to \(Self.patternBytesMaximum) bytes")
        }
        content = try json.bytes("content", at: path)
    }

    /// Throws if replacements that follow one another could lengthen a text without measure.
    static func checkGrowth(
        of replacements: [TextReplacement], at path: String
    ) throws(TokenizationError) {
        var growth = 1
        for replacement in replacements {
            let pattern = replacement.pattern.count
            growth *= max(1, (replacement.content.count + pattern - 1) / pattern)
            guard growth <= growthMaximum else {
                throw .invalidField(
                    path,
                    expected: "replacements that lengthen a text at most \(growthMaximum) times")
            }
        }
    }
}
