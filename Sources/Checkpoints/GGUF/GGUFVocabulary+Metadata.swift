extension GGUFVocabulary {
    /// Reads the tokenizer of a GGUF file.
    ///
    /// - Parameters:
    ///   - metadata: the file's keys.
    ///   - file: its name, for errors.
    /// - Throws: `CheckpointError.malformedGGUF` for keys that are missing or contradict each
    ///   other, and `CheckpointError.noGGUFForm` for other kinds of tokenizers.
    public init(metadata: GGUFMetadata, file: String) throws(CheckpointError) {
        func wrong(_ key: String, _ reason: String) -> CheckpointError {
            .malformedGGUF(file: file, reason: "'\(key)' \(reason)")
        }
        func word(_ key: String) -> Substring { (metadata[key]?.text ?? "missing").prefix(40) }
        let (model, pre) = ("tokenizer.ggml.model", "tokenizer.ggml.pre")
        guard metadata[model]?.text == "gpt2",
            let preTokenizer = GGUFPreTokenizer(rawValue: metadata[pre]?.text ?? "")
        else {
            throw .noGGUFForm(
                reason: "the tokenizer of \(file) is '\(word(model))', '\(word(pre))', and only "
                    + "byte-level byte-pair merges with a known way of splitting text can be read")
        }
        self.preTokenizer = preTokenizer
        func texts(_ key: String) throws(CheckpointError) -> [String] {
            guard let elements = metadata[key]?.elements else { throw wrong(key, "is missing") }
            let texts = elements.compactMap(\.text)
            guard texts.count == elements.count else { throw wrong(key, "is no list of texts") }
            return texts
        }
        tokens = try texts("tokenizer.ggml.tokens")
        merges = try texts("tokenizer.ggml.merges")
        guard Set(tokens).count == tokens.count else {
            throw wrong("tokenizer.ggml.tokens", "holds a token twice")
        }
        let typeKey = "tokenizer.ggml.token_type"
        types = (metadata[typeKey]?.elements ?? []).compactMap { value in
            value.integer.flatMap { Int32(exactly: $0) }.flatMap(TokenType.init)
        }
        guard types.count == tokens.count else {
            throw wrong(typeKey, "is not a known type for each token")
        }
        roles = [:]
        for role in Role.allCases {
            guard let value = metadata[role.key] else { continue }
            guard let id = value.integer, tokens.indices.contains(id) else {
                throw wrong(role.key, "is not the id of a token")
            }
            roles[role] = id
        }
        // Files that do not say so leave it to llama.cpp, which begins with Llama 3 only.
        addsBeginning = metadata["tokenizer.ggml.add_bos_token"]?.flag ?? (preTokenizer == .llama3)
        addsEnd = metadata["tokenizer.ggml.add_eos_token"]?.flag ?? false
        chatTemplate = metadata["tokenizer.chat_template"]?.text
    }

    /// A `tokenizer.json` of the same tokenizer.
    public var tokenizerFile: JSONValue {
        var vocabulary: [String: JSONValue] = [:]
        var added: [JSONValue] = []
        for (id, token) in tokens.enumerated() {
            switch types[id] {
            case .unused: continue
            case .control, .userDefined, .unknown: added.append(addedToken(id))
            case .normal, .byte: break
            }
            vocabulary[token] = .integer(id)
        }
        return .object([
            "version": .string("1.0"), "truncation": .null, "padding": .null,
            "added_tokens": .array(added), "normalizer": preTokenizer.normalizer,
            "pre_tokenizer": preTokenizer.json, "post_processor": postProcessor,
            "decoder": .object([
                "type": .string("ByteLevel"), "add_prefix_space": .boolean(true),
                "trim_offsets": .boolean(true), "use_regex": .boolean(true),
            ]),
            "model": .object([
                "type": .string("BPE"), "dropout": .null, "unk_token": .null,
                "continuing_subword_prefix": .null, "end_of_word_suffix": .null,
                "fuse_unk": .boolean(false), "byte_fallback": .boolean(false),
                "ignore_merges": .boolean(preTokenizer == .llama3),
                "vocab": .object(vocabulary), "merges": .array(merges.map(JSONValue.string)),
            ]),
        ])
    }

    /// A `tokenizer_config.json` of the same tokenizer.
    public var tokenizerConfiguration: JSONValue {
        var members: [String: JSONValue] = [
            "tokenizer_class": .string("PreTrainedTokenizerFast"),
            "add_prefix_space": .boolean(false), "clean_up_tokenization_spaces": .boolean(false),
        ]
        for (role, id) in roles { members["\(role.shortName)_token"] = .string(tokens[id]) }
        members["chat_template"] = chatTemplate.map(JSONValue.string)
        return .object(members)
    }

    private func addedToken(_ id: Int) -> JSONValue {
        .object([
            "id": .integer(id), "content": .string(tokens[id]), "single_word": .boolean(false),
            "lstrip": .boolean(false), "rstrip": .boolean(false), "normalized": .boolean(false),
            "special": .boolean(types[id] != .userDefined),
        ])
    }

    /// The tokens around a text; null when there are none.
    private var postProcessor: JSONValue {
        let first = addsBeginning ? roles[.beginning] : nil
        let last = addsEnd ? roles[.end] : nil
        guard first != nil || last != nil else { return .null }
        func special(_ id: Int?) -> [JSONValue] {
            guard let id else { return [] }
            return [.object(["SpecialToken": item(tokens[id])])]
        }
        func item(_ name: String, type: Int = 0) -> JSONValue {
            .object(["id": .string(name), "type_id": .integer(type)])
        }
        func sequence(_ name: String) -> [JSONValue] { [.object(["Sequence": item(name)])] }
        var tokensByName: [String: JSONValue] = [:]
        for id in [first, last].compactMap({ $0 }) {
            tokensByName[tokens[id]] = .object([
                "id": .string(tokens[id]), "ids": .array([.integer(id)]),
                "tokens": .array([.string(tokens[id])]),
            ])
        }
        return .object([
            "type": .string("TemplateProcessing"),
            "single": .array(special(first) + sequence("A") + special(last)),
            "pair": .array(
                special(first) + sequence("A") + special(last) + special(first) + sequence("B")
                    + special(last)),
            "special_tokens": .object(tokensByName),
        ])
    }
}
