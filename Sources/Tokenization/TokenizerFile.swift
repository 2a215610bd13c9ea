/// The parts of a `tokenizer.json`, read and checked.
struct TokenizerFile {
    let model: BytePairModel
    let preTokenizer: PreTokenizer
    /// The normalizer is NFC (once or more often) and not null.
    let composes: Bool
    let plainTokens: AddedTokenSet
    let normalizedTokens: AddedTokenSet
    let template: SpecialTokenTemplate
    let bytesByID: [[UInt8]?]
    let tokenCount: Int

    init(_ bytes: [UInt8]) throws(TokenizationError) {
        let json = try JSONReader.read(bytes)
        guard case .object = json else {
            throw .invalidField("(the file)", expected: "an object")
        }
        let modelJSON = json.member("model")
        guard !modelJSON.isNull else { throw .missingField("model") }
        // Files from before 2020 leave the model's type out; BPE is known by its merges.
        if !modelJSON.member("type").isNull || modelJSON.member("merges").isNull {
            let kind = try modelJSON.text("type", at: "model")
            guard kind == "BPE" else {
                throw .unsupported(field: "model", kind: kind, advice: "only BPE is")
            }
        }
        composes = try Self.readNormalizer(json.member("normalizer"), at: "normalizer")
        preTokenizer = try PreTokenizer(json.member("pre_tokenizer"), at: "pre_tokenizer")
        template = try SpecialTokenTemplate(json.member("post_processor"), at: "post_processor")
        try Self.checkDecoder(json.member("decoder"))
        var vocabulary = try Vocabulary(modelJSON.member("vocab"))
        model = try BytePairModel(modelJSON, vocabulary: vocabulary)
        let added = try Self.readAddedTokens(json.member("added_tokens"), &vocabulary)
        plainTokens = AddedTokenSet(added.filter { !$0.isNormalized })
        normalizedTokens = AddedTokenSet(
            Self.spelledAsNormalized(added.filter(\.isNormalized), composes: composes))
        bytesByID = vocabulary.bytesByID
        tokenCount = vocabulary.count
        for id in template.prefix + template.suffix
        where Int(id) >= bytesByID.count || bytesByID[Int(id)] == nil {
            throw .invalidField(
                "post_processor", expected: "ids of the vocabulary, which \(id) is not")
        }
    }

    /// Whether the normalizer is NFC; others than that and none are refused.
    private static func readNormalizer(
        _ json: JSONValue, at path: String
    ) throws(TokenizationError) -> Bool {
        guard !json.isNull else { return false }
        switch try json.text("type", at: path) {
        case "NFC": return true
        case "Sequence":
            var composes = false
            for (index, part) in try json.elements("normalizers", at: path).enumerated() {
                if try readNormalizer(part, at: "\(path).normalizers[\(index)]") {
                    composes = true
                }
            }
            return composes
        case let kind:
            throw .unsupported(field: path, kind: kind, advice: "only NFC and null are")
        }
    }

    private static func checkDecoder(_ json: JSONValue) throws(TokenizationError) {
        guard !json.isNull else { return }
        let kind = try json.text("type", at: "decoder")
        guard kind != "Sequence" else {
            for part in try json.elements("decoders", at: "decoder") { try checkDecoder(part) }
            return
        }
        guard kind == "ByteLevel" else {
            throw .unsupported(field: "decoder", kind: kind, advice: "only ByteLevel is")
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

    /// Tokens that are looked for in normalized text are looked for as it would spell them.
    private static func spelledAsNormalized(
        _ tokens: [AddedToken], composes: Bool
    ) -> [AddedToken] {
        guard composes else { return tokens }
        return tokens.map { token in
            let content = token.content
            let spelling = CanonicalComposer.shared.normalized(content, 0..<content.count)
            return AddedToken(
                id: token.id, content: spelling ?? content, stripsLeft: token.stripsLeft,
                stripsRight: token.stripsRight, isSingleWord: token.isSingleWord,
                isNormalized: true)
        }
    }
}
