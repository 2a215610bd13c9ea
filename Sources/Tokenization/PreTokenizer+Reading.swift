extension PreTokenizer {
    /// Reads a pre-tokenizer: none, or a sequence of Split, Digits and BertPreTokenizer, which
    /// ByteLevel or Metaspace may end.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        var steps: [(json: JSONValue, path: String)] = []
        try Self.flatten(json, at: path, into: &steps)
        try TokenizerFile.checkStepCount(steps.count, at: path)
        var ending = Ending.plain
        if let last = steps.last, let found = try Self.ending(last.json, at: last.path) {
            ending = found
            steps.removeLast()
        }
        var stages: [Stage] = []
        for step in steps { stages.append(try Self.stage(step.json, at: step.path)) }
        self.init(stages: stages, ending: ending)
    }

    private static func ending(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> Ending? {
        switch try json.text("type", at: path) {
        case "ByteLevel":
            .byteLevel(
                addsPrefixSpace: try json.flag("add_prefix_space", default: true, at: path),
                usesPattern: try json.flag("use_regex", default: true, at: path))
        case "Metaspace": .metaspace(try Metaspace(json, at: path))
        default: nil
        }
    }

    private static func flatten(
        _ json: JSONValue, at path: String, into steps: inout [(json: JSONValue, path: String)]
    ) throws(TokenizationError) {
        guard !json.isNull else { return }
        guard try json.text("type", at: path) == "Sequence" else {
            return steps.append((json, path))
        }
        for (index, part) in try json.elements("pretokenizers", at: path).enumerated() {
            try flatten(part, at: "\(path).pretokenizers[\(index)]", into: &steps)
        }
    }

    private static func stage(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> Stage {
        let kind = try json.text("type", at: path)
        switch kind {
        case "Digits":
            return .digits(
                individual: try json.flag("individual_digits", default: false, at: path))
        case "BertPreTokenizer": return .bertWords
        case "Split":
            let place = "\(path).pattern"
            let patternJSON = json.member("pattern")
            if let literal = try patternJSON.optionalBytes("String", at: place) {
                return .literal(try literalSplit(literal, json, at: path))
            }
            return .pattern(try pattern(patternJSON, at: place), try behavior(json, at: path))
        case "ByteLevel", "Metaspace":
            throw .unsupported(
                field: path, kind: "\(kind) before another step", advice: "it must be the last")
        default:
            throw .unsupported(
                field: path, kind: kind,
                advice: "only ByteLevel, Metaspace, BertPreTokenizer, Split and Digits are")
        }
    }

    private static func literalSplit(
        _ literal: [UInt8], _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> LiteralSplit {
        guard (1...TextReplacement.patternBytesMaximum).contains(literal.count) else {
            throw .invalidField(
                "\(path).pattern.String",
                expected: "1 to \(TextReplacement.patternBytesMaximum) bytes")
        }
        let kind = try json.text("behavior", at: path)
        guard let behavior = LiteralSplit.Behavior(rawValue: kind) else {
            throw unknownBehavior(kind, at: path)
        }
        return LiteralSplit(
            literal: literal, behavior: behavior,
            isInverted: try json.flag("invert", default: false, at: path))
    }

    private static func unknownBehavior(_ kind: String, at path: String) -> TokenizationError {
        .unsupported(
            field: "\(path).behavior", kind: kind, advice: "only the library's five are")
    }

    /// What the behaviors of Split do with patterns that leave nothing between their matches.
    private static func behavior(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> Behavior {
        let inverted = try json.flag("invert", default: false, at: path)
        let kind = try json.text("behavior", at: path)
        switch kind {
        // There is no text between matches for a match to be merged with.
        case "Isolated", "MergedWithPrevious", "MergedWithNext": return .isolated
        case "Removed": return inverted ? .isolated : .removed
        case "Contiguous": return .contiguous
        default: throw unknownBehavior(kind, at: path)
        }
    }

    private static func pattern(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> PatternScanner.Pattern {
        let text = try json.text("Regex", at: path)
        if let pattern = knownPatterns[text] { return pattern }
        throw .unknownPattern(field: path, pattern: text)
    }

    private static let knownPatterns: [String: PatternScanner.Pattern] = {
        let cl100kStart =
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
        let cl100kEnd =
            #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let gpt2End = #"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        return [
            "'s|'t|'re|'ve|'m|'ll|'d" + gpt2End: .gpt2,
            "'(?:[sdmt]|ll|ve|re)" + gpt2End: .gpt2,
            cl100kStart + #"\p{N}{1,3}"# + cl100kEnd: .cl100k(digitsMaximum: 3),
            cl100kStart + #"\p{N}"# + cl100kEnd: .cl100k(digitsMaximum: 1),
        ]
    }()
}
