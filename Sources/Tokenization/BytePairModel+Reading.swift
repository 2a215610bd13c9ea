extension BytePairModel {
    /// Reads the `model` of a tokenizer file whose vocabulary has been read.
    init(_ json: JSONValue, vocabulary: Vocabulary) throws(TokenizationError) {
        try Self.refuseUnsupported(json)
        let fallsBack = try json.flag("byte_fallback", default: false, at: "model")
        let spellings = ByteAlphabet.spellings
        symbols = spellings.map { vocabulary.ids[$0] ?? -1 }
        missing = spellings.map { spelling in
            guard fallsBack else { return .unknown }
            let tokens = spelling.compactMap { vocabulary.ids[Self.fallbackToken($0)] }
            return tokens.count == spelling.count ? .fallback(tokens) : .unknown
        }
        fusesUnknown = try json.flag("fuse_unk", default: false, at: "model")
        unknownToken = try Self.unknownToken(json, vocabulary, symbols: symbols, missing: missing)
        merges = try Self.readMerges(json, vocabulary)
        var words: [[UInt8]: Int32] = [:]
        if try json.flag("ignore_merges", default: false, at: "model") {
            words.reserveCapacity(vocabulary.ids.count)
            for (token, id) in vocabulary.ids {
                if let bytes = ByteAlphabet.bytes(of: token) { words[bytes] = id }
            }
        }
        wholeWords = words
    }

    private static func refuseUnsupported(_ json: JSONValue) throws(TokenizationError) {
        guard json.member("dropout").isNull else {
            throw .unsupported(
                field: "model.dropout", kind: "a number", advice: "set it to null for inference")
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let text = try json.optionalBytes(name, at: "model"), !text.isEmpty else {
                continue
            }
            throw .unsupported(
                field: "model.\(name)", kind: "\"\(Vocabulary.name(text))\"",
                advice: "only byte-level models without affixes are")
        }
    }

    private static func fallbackToken(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            + Array(">".utf8)
    }

    /// The id of `unk_token`. It may be missing from the vocabulary if it can never be needed.
    private static func unknownToken(
        _ json: JSONValue, _ vocabulary: Vocabulary, symbols: [Int32], missing: [MissingByte]
    ) throws(TokenizationError) -> Int32? {
        guard let name = try json.optionalBytes("unk_token", at: "model") else { return nil }
        if let id = vocabulary.ids[name] { return id }
        let isNeeded = zip(symbols, missing).contains { symbol, missing in
            if symbol < 0, case .unknown = missing { true } else { false }
        }
        guard !isNeeded else {
            throw .invalidField(
                "model.unk_token",
                expected: "a token of the vocabulary, which \(Vocabulary.name(name)) is not")
        }
        return nil
    }

    private static func readMerges(
        _ json: JSONValue, _ vocabulary: Vocabulary
    ) throws(TokenizationError) -> PairTable {
        let list = try json.elements("merges", at: "model")
        guard list.count < Int(Int32.max) else {
            throw .invalidField("model.merges", expected: "fewer than two thousand million")
        }
        var table = PairTable(capacity: list.count)
        for (rank, merge) in list.enumerated() {
            let (first, second) = try parts(of: merge, rank: rank)
            let whole = first + second
            guard let left = vocabulary.ids[first] else {
                throw .mergeOfUnknownToken(index: rank, token: Vocabulary.name(first))
            }
            guard let right = vocabulary.ids[second] else {
                throw .mergeOfUnknownToken(index: rank, token: Vocabulary.name(second))
            }
            guard let merged = vocabulary.ids[whole] else {
                throw .mergeOfUnknownToken(index: rank, token: Vocabulary.name(whole))
            }
            // A pair that is listed twice has its last rank, as in the library.
            table.set(left, right, to: UInt64(rank) << 32 | UInt64(merged))
        }
        return table
    }

    /// The two tokens of a merge, written "a b" or ["a", "b"].
    private static func parts(
        of merge: JSONValue, rank: Int
    ) throws(TokenizationError) -> ([UInt8], [UInt8]) {
        switch merge {
        case .string(let text):
            let parts = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            if parts.count == 2 { return (Array(parts[0]), Array(parts[1])) }
        case .array(let values):
            if values.count == 2, case .string(let first) = values[0],
                case .string(let second) = values[1]
            {
                return (first, second)
            }
        default: break
        }
        throw .invalidField("model.merges[\(rank)]", expected: "two tokens")
    }
}
