extension BytePairModel {
    /// Reads the `model` of a tokenizer file whose vocabulary has been read.
    init(_ json: JSONValue, vocabulary: Vocabulary) throws(TokenizationError) {
        try Self.refuseUnsupported(json)
        let fallsBack = try json.flag("byte_fallback", default: false, at: "model")
        let leavesUnknown: Bool
        if vocabulary.isByteLevel {
            let bytes = ByteSymbols(vocabulary, fallsBack: fallsBack)
            symbols = .bytes(bytes)
            leavesUnknown = bytes.leavesUnknown
        } else {
            let scalars = ScalarSymbols(vocabulary, fallsBack: fallsBack)
            symbols = .scalars(scalars)
            leavesUnknown = scalars.leavesUnknown
        }
        fusesUnknown = try json.flag("fuse_unk", default: false, at: "model")
        let unknown = try json.optionalBytes("unk_token", at: "model")
        unknownToken = try Self.unknownToken(unknown, vocabulary, isNeeded: leavesUnknown)
        var seams =
            vocabulary.isByteLevel
            ? nil : MergeSeams(vocabulary, unknownSpelling: unknown)
        merges = try Self.readMerges(json, vocabulary, &seams)
        self.seams = seams
        var words: [[UInt8]: Int32] = [:]
        if try json.flag("ignore_merges", default: false, at: "model") {
            words.reserveCapacity(vocabulary.ids.count)
            for (token, id) in vocabulary.ids {
                if let bytes = vocabulary.textBytes(of: token) { words[bytes] = id }
            }
        }
        wholeWords = WholeWords(words)
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
                advice: "only models without affixes are")
        }
    }

    /// The id of `unk_token`. It may be missing from the vocabulary if it can never be needed.
    private static func unknownToken(
        _ name: [UInt8]?, _ vocabulary: Vocabulary, isNeeded: Bool
    ) throws(TokenizationError) -> Int32? {
        guard let name else { return nil }
        if let id = vocabulary.ids[name] { return id }
        guard !isNeeded else {
            throw .invalidField(
                "model.unk_token",
                expected: "a token of the vocabulary, which \(Vocabulary.name(name)) is not")
        }
        return nil
    }

    private static func readMerges(
        _ json: JSONValue, _ vocabulary: Vocabulary, _ seams: inout MergeSeams?
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
            seams?.add(first, second)
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
