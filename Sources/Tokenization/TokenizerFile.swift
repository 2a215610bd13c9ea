/// The parts of a `tokenizer.json`, read and checked.
struct TokenizerFile {
    let normalizer: Normalizer
    let preTokenizer: PreTokenizer
    let model: SubwordModel
    let template: SpecialTokenTemplate
    /// Nil for a byte-level model, whose tokens' bytes are the text.
    let decoder: TokenDecoder?
    let plainTokens: AddedTokenSet
    let normalizedTokens: AddedTokenSet
    /// See `Vocabulary`.
    let bytesByID: [[UInt8]?]
    let tokenCount: Int

    init(_ bytes: [UInt8]) throws(TokenizationError) {
        let json = try JSONReader.read(bytes)
        guard case .object = json else {
            throw .invalidField("(the file)", expected: "an object")
        }
        let modelJSON = json.member("model")
        guard !modelJSON.isNull else { throw .missingField("model") }
        let isWordPiece = try Self.isWordPiece(modelJSON)
        normalizer = try Normalizer(json.member("normalizer"), at: "normalizer")
        preTokenizer = try PreTokenizer(json.member("pre_tokenizer"), at: "pre_tokenizer")
        let isByteLevel = preTokenizer.isByteLevel
        try Self.checkAgreement(normalizer, preTokenizer, isWordPiece: isWordPiece)
        template = try SpecialTokenTemplate(json.member("post_processor"), at: "post_processor")
        let decoderJSON = json.member("decoder")
        if isByteLevel { try TokenDecoder.requireByteLevel(decoderJSON, at: "decoder") }
        decoder = isByteLevel ? nil : try TokenDecoder(decoderJSON, at: "decoder")
        var vocabulary = try Vocabulary(modelJSON.member("vocab"), isByteLevel: isByteLevel)
        model =
            isWordPiece
            ? .wordPieces(try WordPieceModel(modelJSON, vocabulary: vocabulary))
            : .bytePairs(try BytePairModel(modelJSON, vocabulary: vocabulary))
        let added = try Self.readAddedTokens(json.member("added_tokens"), &vocabulary)
        try Self.checkByteCount(added.reduce(0) { $0 + $1.content.count })
        plainTokens = AddedTokenSet(added.filter { !$0.isNormalized })
        let spelled = try Self.spelledAsNormalized(added.filter(\.isNormalized), normalizer)
        normalizedTokens = AddedTokenSet(spelled)
        var texts = vocabulary.bytesByID
        // The library gives these to the decoder in the spelling that it is to turn back.
        if !isByteLevel { for token in spelled { texts[Int(token.id)] = token.content } }
        bytesByID = texts
        tokenCount = vocabulary.count
        for id in template.prefix + template.suffix
        where Int(id) >= bytesByID.count || bytesByID[Int(id)] == nil {
            throw .invalidField(
                "post_processor", expected: "ids of the vocabulary, which \(id) is not")
        }
    }

    /// Whether the model is WordPiece; any other than that and BPE is refused.
    private static func isWordPiece(_ json: JSONValue) throws(TokenizationError) -> Bool {
        // Files from before 2020 leave the model's type out; BPE is known by its merges.
        guard !json.member("type").isNull || json.member("merges").isNull else { return false }
        switch try json.text("type", at: "model") {
        case "BPE": return false
        case "WordPiece": return true
        case let kind:
            throw .unsupported(field: "model", kind: kind, advice: "only BPE and WordPiece are")
        }
    }

    /// The longest sequences in use have five steps; each passes over the whole text.
    static let stepsMaximum = 32

    /// Refuses a sequence of more steps than `stepsMaximum`.
    static func checkStepCount(_ count: Int, at path: String) throws(TokenizationError) {
        guard count <= stepsMaximum else {
            throw .invalidField(path, expected: "at most \(stepsMaximum) steps")
        }
    }

    /// Refuses parts that would need more together than each by itself.
    private static func checkAgreement(
        _ normalizer: Normalizer, _ preTokenizer: PreTokenizer, isWordPiece: Bool
    ) throws(TokenizationError) {
        switch preTokenizer.ending {
        case .plain: break
        case .byteLevel:
            guard !isWordPiece else {
                throw .unsupported(
                    field: "pre_tokenizer", kind: "ByteLevel before a WordPiece model",
                    advice: "it is only before a BPE model")
            }
        case .metaspace(let metaspace):
            // The library asks where in the original text a piece begins, which is not kept here.
            guard metaspace.prepending != .first || !normalizer.canDropStart else {
                throw .unsupported(
                    field: "pre_tokenizer",
                    kind: "Metaspace with the prepend_scheme first after a normalizer that drops "
                        + "characters",
                    advice: "other schemes or normalizers are")
            }
        }
    }

    private static func readAddedTokens(
        _ json: JSONValue, _ vocabulary: inout Vocabulary
    ) throws(TokenizationError) -> [AddedToken] {
        guard !json.isNull else { return [] }
        guard case .array(let list) = json else {
            throw .invalidField("added_tokens", expected: "an array")
        }
        let modelCount = vocabulary.count
        var tokens: [AddedToken] = []
        var seen: Set<[UInt8]> = []
        var largestID = -1
        for (index, item) in list.enumerated() {
            let path = "added_tokens[\(index)]"
            let token = try readAddedToken(item, at: path)
            guard !token.content.isEmpty, seen.insert(token.content).inserted else { continue }
            // The library does not heed the id of the file but gives its own: a file in which
            // they differ would mean other ids here than there.
            let next = largestID >= modelCount ? largestID + 1 : modelCount
            let expected = vocabulary.ids[token.content] ?? Int32(clamping: next)
            guard token.id == expected else {
                let name = Vocabulary.name(token.content)
                throw .invalidField("\(path).id", expected: "\(expected) for \"\(name)\"")
            }
            try vocabulary.add(token.content, id: token.id)
            largestID = max(largestID, Int(token.id))
            tokens.append(token)
        }
        return tokens
    }

    private static func readAddedToken(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> AddedToken {
        let id = json.member("id")
        guard !id.isNull else { throw .missingField("\(path).id") }
        let isSpecial = try json.flag("special", default: false, at: path)
        return AddedToken(
            id: try id.tokenID(at: "\(path).id"),
            content: try json.bytes("content", at: path),
            stripsLeft: try json.flag("lstrip", default: false, at: path),
            stripsRight: try json.flag("rstrip", default: false, at: path),
            isSingleWord: try json.flag("single_word", default: false, at: path),
            isNormalized: try json.flag("normalized", default: !isSpecial, at: path))
    }

    /// Four times the text of the longest lists in use: each byte may take a node of a trie.
    static let addedBytesMaximum = 8 << 20

    /// Refuses tokens that are longer together than `addedBytesMaximum`.
    private static func checkByteCount(_ bytes: Int) throws(TokenizationError) {
        guard bytes <= addedBytesMaximum else {
            throw .invalidField(
                "added_tokens", expected: "tokens of together at most \(addedBytesMaximum) bytes")
        }
    }

    /// Tokens that are looked for in normalized text are looked for as it would spell them.
    private static func spelledAsNormalized(
        _ tokens: [AddedToken], _ normalizer: Normalizer
    ) throws(TokenizationError) -> [AddedToken] {
        var spelled: [AddedToken] = []
        var byteCount = 0
        for token in tokens {
            let content = token.content
            let spelling = try normalizer.normalized(content, 0..<content.count) ?? content
            guard !spelling.isEmpty else {
                throw .invalidField(
                    "added_tokens",
                    expected: "tokens of which the normalizer leaves something, unlike "
                        + "\"\(Vocabulary.name(content))\"")
            }
            byteCount += spelling.count
            try checkByteCount(byteCount)
            spelled.append(
                AddedToken(
                    id: token.id, content: spelling, stripsLeft: token.stripsLeft,
                    stripsRight: token.stripsRight, isSingleWord: token.isSingleWord,
                    isNormalized: true))
        }
        return spelled
    }
}
