extension TokenDecoder {
    /// Reads the decoder of a model that is not byte-level.
    ///
    /// Without one the texts of tokens have spaces between them, as in the library.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        var steps: [Step] = []
        if !json.isNull { try Self.appendSteps(json, at: path, to: &steps) }
        try TokenizerFile.checkStepCount(steps.count, at: path)
        self.init(steps: steps, separator: json.isNull ? [UInt8(ascii: " ")] : [])
        let replacements = steps.compactMap { step in
            if case .replacement(let replacement) = step { replacement } else { nil }
        }
        try TextReplacement.checkGrowth(of: replacements, at: path)
    }

    /// Checks that the decoder of a byte-level model is ByteLevel, if there is one.
    static func requireByteLevel(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) {
        guard !json.isNull else { return }
        switch try json.text("type", at: path) {
        case "ByteLevel": break
        case "Sequence":
            for part in try json.elements("decoders", at: path) {
                try requireByteLevel(part, at: path)
            }
        case let kind:
            throw .unsupported(
                field: path, kind: kind, advice: "only ByteLevel is for a byte-level model")
        }
    }

    private static func appendSteps(
        _ json: JSONValue, at path: String, to steps: inout [Step]
    ) throws(TokenizationError) {
        switch try json.text("type", at: path) {
        case "ByteFallback": steps.append(.byteFallback)
        case "Fuse": steps.append(.fuse)
        case "Strip": steps.append(try strip(json, at: path))
        case "Replace": steps.append(.replacement(try TextReplacement(json, at: path)))
        case "Metaspace": steps.append(.metaspace(try Metaspace(json, at: path)))
        case "WordPiece":
            steps.append(
                .wordPieces(
                    prefix: try json.bytes("prefix", at: path),
                    cleansUp: try json.flag("cleanup", default: true, at: path)))
        case "Sequence":
            for (index, part) in try json.elements("decoders", at: path).enumerated() {
                try appendSteps(part, at: "\(path).decoders[\(index)]", to: &steps)
            }
        case let kind:
            throw .unsupported(
                field: path, kind: kind,
                advice: "only ByteFallback, Fuse, Strip, Replace, Metaspace and WordPiece are")
        }
    }

    private static func strip(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> Step {
        let character = try json.bytes("content", at: path)
        guard let lead = character.first, UTF8Text.length(lead: lead) == character.count else {
            throw .invalidField("\(path).content", expected: "one character")
        }
        return .strip(
            character: character, start: try count("start", in: json, at: path),
            end: try count("stop", in: json, at: path))
    }

    private static func count(
        _ name: String, in json: JSONValue, at path: String
    ) throws(TokenizationError) -> Int {
        guard case .integer(let count) = json.member(name), count >= 0 else {
            throw .invalidField("\(path).\(name)", expected: "a number of characters")
        }
        return count
    }
}
