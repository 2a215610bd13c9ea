extension Normalizer {
    /// No normalizer in use prepends more than one character.
    static let prefixBytesMaximum = 64

    /// Reads a normalizer: none, NFC, Prepend, Replace, BertNormalizer, or a sequence of these.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        var steps: [Step] = []
        try Self.appendSteps(json, at: path, to: &steps)
        try TokenizerFile.checkStepCount(steps.count, at: path)
        self.init(steps: steps)
        let replacements = steps.compactMap { step in
            if case .replacement(let replacement) = step { replacement } else { nil }
        }
        try TextReplacement.checkGrowth(of: replacements, at: path)
    }

    private static func appendSteps(
        _ json: JSONValue, at path: String, to steps: inout [Step]
    ) throws(TokenizationError) {
        guard !json.isNull else { return }
        switch try json.text("type", at: path) {
        case "NFC": steps.append(.composition)
        case "Prepend":
            let prefix = try json.bytes("prepend", at: path)
            guard prefix.count <= prefixBytesMaximum else {
                throw .invalidField(
                    "\(path).prepend", expected: "at most \(prefixBytesMaximum) bytes")
            }
            steps.append(.prefix(prefix))
        case "Replace": steps.append(.replacement(try TextReplacement(json, at: path)))
        case "BertNormalizer": steps.append(.bert(try BertNormalizer(json, at: path)))
        case "Sequence":
            for (index, part) in try json.elements("normalizers", at: path).enumerated() {
                try appendSteps(part, at: "\(path).normalizers[\(index)]", to: &steps)
            }
        case let kind:
            throw .unsupported(
                field: path, kind: kind,
                advice: "only NFC, Prepend, Replace and BertNormalizer are")
        }
    }
}

extension BertNormalizer {
    /// Reads a BertNormalizer.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        lowercases = try json.flag("lowercase", default: true, at: path)
        cleansText = try json.flag("clean_text", default: true, at: path)
        separatesIdeographs = try json.flag("handle_chinese_chars", default: true, at: path)
        // Left open, accents go with the capitals, as in the first BERT.
        stripsAccents = try json.flag("strip_accents", default: lowercases, at: path)
    }
}
