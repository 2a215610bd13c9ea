extension PreTokenizer {
    /// Reads a pre-tokenizer: ByteLevel, or a sequence of Split and Digits that ends with it.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        var steps: [(json: JSONValue, path: String)] = []
        try Self.flatten(json, at: path, depth: 0, into: &steps)
        guard let last = steps.popLast(), try last.json.text("type", at: last.path) == "ByteLevel"
        else {
            let kind = steps.isEmpty && json.isNull ? "null" : "not ending with ByteLevel"
            throw .unsupported(field: path, kind: kind, advice: "only byte-level models are")
        }
        var stages: [Stage] = []
        for step in steps { stages.append(try Self.stage(step.json, at: step.path)) }
        self.init(
            stages: stages,
            addsPrefixSpace: try last.json.flag(
                "add_prefix_space", default: true, at: last.path),
            usesPattern: try last.json.flag("use_regex", default: true, at: last.path))
    }

    private static func flatten(
        _ json: JSONValue, at path: String, depth: Int,
        into steps: inout [(json: JSONValue, path: String)]
    ) throws(TokenizationError) {
        guard !json.isNull else { return }
        let kind = try json.text("type", at: path)
        switch kind {
        case "ByteLevel", "Split", "Digits": steps.append((json, path))
        case "Sequence":
            let parts = try json.elements("pretokenizers", at: path)
            for (index, part) in parts.enumerated() {
                try flatten(
                    part, at: "\(path).pretokenizers[\(index)]", depth: depth + 1, into: &steps)
            }
        default:
            throw .unsupported(
                field: path, kind: kind, advice: "only ByteLevel, Split and Digits are")
        }
    }

    private static func stage(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> Stage {
        switch try json.text("type", at: path) {
        case "Digits":
            return .digits(
                individual: try json.flag("individual_digits", default: false, at: path))
        case "Split":
            let pattern = try pattern(json.member("pattern"), at: "\(path).pattern")
            return .pattern(pattern, try behavior(json, at: path))
        default:
            throw .unsupported(
                field: path, kind: "ByteLevel before another step", advice: "it must be the last")
        }
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
        default:
            throw .unsupported(
                field: "\(path).behavior", kind: kind, advice: "only the library's five are")
        }
    }

    private static func pattern(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> PatternScanner.Pattern {
        guard let expression = try json.optionalBytes("Regex", at: path) else {
            let literal = try json.text("String", at: path)
            throw .unknownPattern(field: path, pattern: literal)
        }
        let text = String(decoding: expression, as: UTF8.self)
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
