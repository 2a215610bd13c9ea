/// The special tokens around a text, from `TemplateProcessing`.
struct SpecialTokenTemplate: Sendable, Equatable {
    var prefix: [Int32] = []
    var suffix: [Int32] = []

    /// Tokens around a text, and pieces that say so, at most; those in use are three.
    static let countMaximum = 1_024

    /// Reads a post-processor: none, ByteLevel (which changes no ids), TemplateProcessing,
    /// BertProcessing, RobertaProcessing, or a sequence of these, the later ones outside of the
    /// earlier ones.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        guard !json.isNull else { return }
        switch try json.text("type", at: path) {
        case "ByteLevel": break
        case "TemplateProcessing": try readTemplate(json, at: path)
        case "BertProcessing", "RobertaProcessing":
            prefix = [try Self.idOfPair("cls", in: json, at: path)]
            suffix = [try Self.idOfPair("sep", in: json, at: path)]
        case "Sequence":
            let list = try json.elements("processors", at: path)
            try TokenizerFile.checkStepCount(list.count, at: path)
            for (index, part) in list.enumerated() {
                let place = "\(path).processors[\(index)]"
                guard case .object = part else {
                    throw .invalidField(place, expected: "an object")
                }
                let inner = try SpecialTokenTemplate(part, at: place)
                prefix = inner.prefix + prefix
                suffix += inner.suffix
                try checkCount(at: path)
            }
        case let kind:
            throw .unsupported(
                field: path, kind: kind,
                advice: "only ByteLevel, TemplateProcessing, BertProcessing and "
                    + "RobertaProcessing are")
        }
    }

    /// Throws if there are more tokens than `countMaximum`.
    ///
    /// Pieces name lists of tokens, which a small file could repeat without measure.
    private func checkCount(at path: String) throws(TokenizationError) {
        guard prefix.count + suffix.count <= Self.countMaximum else {
            throw .invalidField(
                path, expected: "at most \(Self.countMaximum) special tokens around a text")
        }
    }

    /// The id in a member of the form ["token", id].
    private static func idOfPair(
        _ name: String, in json: JSONValue, at path: String
    ) throws(TokenizationError) -> Int32 {
        let pair = try json.elements(name, at: path)
        guard pair.count == 2 else {
            throw .invalidField("\(path).\(name)", expected: "a token and its id")
        }
        return try pair[1].tokenID(at: "\(path).\(name)[1]")
    }

    private mutating func readTemplate(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) {
        let specialTokens = json.member("special_tokens")
        var sawText = false
        let pieces = try json.elements("single", at: path)
        guard pieces.count <= Self.countMaximum else {
            throw .invalidField(
                "\(path).single", expected: "at most \(Self.countMaximum) pieces")
        }
        for (index, piece) in pieces.enumerated() {
            let place = "\(path).single[\(index)]"
            if !piece.member("Sequence").isNull {
                guard !sawText else {
                    throw .invalidField(place, expected: "the text only once")
                }
                sawText = true
                continue
            }
            let name = try piece.member("SpecialToken").text("id", at: "\(place).SpecialToken")
            let ids = try specialTokens.member(name).elements(
                "ids", at: "\(path).special_tokens.\(name)")
            for value in ids {
                let id = try value.tokenID(at: "\(path).special_tokens.\(name).ids")
                if sawText { suffix.append(id) } else { prefix.append(id) }
                try checkCount(at: path)
            }
        }
        guard sawText else { throw .invalidField("\(path).single", expected: "a Sequence") }
    }
}
