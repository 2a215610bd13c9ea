extension GGUFVocabulary {
    /// Reads a Hugging Face tokenizer.
    ///
    /// - Parameters:
    ///   - tokenizer: `tokenizer.json`.
    ///   - tokenizerConfiguration: `tokenizer_config.json`; nil when there is none.
    ///   - configuration: `config.json`, whose ids count where the former names no token.
    ///   - size: the rows of the embedding; ids without a token get `[PAD…]`.
    ///   - chatTemplate: `chat_template.jinja`; nil, the default, takes the one in
    ///     `tokenizer_config.json`.
    /// - Throws: `CheckpointError.noGGUFForm` for other models than byte-level byte-pair merges,
    ///   for a way of splitting text that is not known, and for tokens that contradict each other.
    public init(
        tokenizer: JSONValue, tokenizerConfiguration: JSONValue?, configuration: JSONValue,
        size: Int, chatTemplate: String? = nil
    ) throws(CheckpointError) {
        let file = GGUFSettings(value: tokenizer, file: "tokenizer.json")
        let model = try file.section("model") ?? GGUFSettings(value: .null, file: "tokenizer.json")
        try Self.checkModel(model)
        let wholeWordsFirst = try model.flag("ignore_merges") ?? false
        guard
            let preTokenizer = GGUFPreTokenizer(
                tokenizer["pre_tokenizer"], wholeWordsFirst: wholeWordsFirst)
        else {
            throw file.wrong(
                "pre_tokenizer",
                "is not one of \(GGUFPreTokenizer.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        let normalizer = tokenizer["normalizer"] ?? .null
        guard normalizer == .null || normalizer["type"] == .string("NFC") else {
            throw file.wrong("normalizer", "changes text, which llama.cpp does not do")
        }
        self.preTokenizer = preTokenizer
        (tokens, types) = try Self.tokens(file, model, size: size)
        merges = try Self.merges(model)
        let settings = GGUFSettings(
            value: tokenizerConfiguration ?? .object([:]), file: "tokenizer_config.json")
        let ids = Dictionary(zip(tokens, 0...), uniquingKeysWith: { first, _ in first })
        let fallback = GGUFSettings(value: configuration, file: "config.json")
        roles = try Self.roles(settings, fallback, ids: ids, size: size)
        let template = try TokenTemplate(tokenizer["post_processor"] ?? .null, ids: ids)
        let begins = try template.begins(with: roles[.beginning])
        let ends = try template.ends(with: roles[.end])
        addsBeginning = try settings.flag("add_bos_token") ?? begins
        addsEnd = try settings.flag("add_eos_token") ?? ends
        if let chatTemplate {
            self.chatTemplate = chatTemplate
        } else if case .string(let text)? = settings.value["chat_template"] {
            self.chatTemplate = text
        } else {
            self.chatTemplate = nil
        }
    }

    private static func checkModel(_ model: GGUFSettings) throws(CheckpointError) {
        let type = try model.text("type") ?? "missing"
        guard type == "BPE", try model.flag("byte_fallback") != true else {
            throw model.wrong(
                "type", "is '\(type)', and only byte-level byte-pair merges can be written")
        }
        for field in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard try (model.text(field) ?? "").isEmpty else {
                throw model.wrong(field, "is set, which llama.cpp does not know")
            }
        }
    }

    private static func tokens(
        _ file: GGUFSettings, _ model: GGUFSettings, size: Int
    ) throws(CheckpointError) -> ([String], [TokenType]) {
        guard 1...tokensMax ~= size else {
            throw .noGGUFForm(
                reason: "an embedding of \(size) rows is not one of 1 to \(tokensMax)")
        }
        var tokens = [String?](repeating: nil, count: size)
        var types = [TokenType](repeating: .normal, count: size)
        guard case .object(let vocabulary)? = model.value["vocab"] else {
            throw model.wrong("vocab", "is missing")
        }
        for (token, value) in vocabulary {
            guard case .integer(let id) = value, tokens.indices.contains(id), tokens[id] == nil
            else {
                throw model.wrong(
                    "vocab", "gives '\(token.prefix(40))' an id that is taken or not below \(size)")
            }
            tokens[id] = token
        }
        for value in try file.list("added_tokens") ?? [] {
            let added = GGUFSettings(value: value, file: "tokenizer.json, added_tokens")
            guard let token = try added.text("content"), case .integer(let id)? = value["id"],
                tokens.indices.contains(id), (tokens[id] ?? token) == token
            else { throw file.wrong("added_tokens", "contradicts the vocabulary or its size") }
            tokens[id] = token
            types[id] = try added.flag("special") == true ? .control : .userDefined
        }
        for id in tokens.indices where tokens[id] == nil {
            tokens[id] = "[PAD\(id)]"
            types[id] = .unused
        }
        return (tokens.compactMap { $0 }, types)
    }

    /// "a b", or a pair since tokens may hold spaces; those are written in the byte alphabet.
    private static func merges(_ model: GGUFSettings) throws(CheckpointError) -> [String] {
        var merges: [String] = []
        for value in try model.list("merges") ?? [] {
            if case .string(let merge) = value {
                merges.append(merge)
            } else if case .array(let pair) = value, pair.count == 2,
                case .string(let left) = pair[0], case .string(let right) = pair[1]
            {
                merges.append(
                    "\(left.replacing(" ", with: "Ġ")) \(right.replacing(" ", with: "Ġ"))")
            } else {
                throw model.wrong("merges", "holds something that is no pair")
            }
        }
        return merges
    }

    private static func roles(
        _ settings: GGUFSettings, _ fallback: GGUFSettings, ids: [String: Int], size: Int
    ) throws(CheckpointError) -> [Role: Int] {
        var roles: [Role: Int] = [:]
        for role in Role.allCases {
            let named = settings.value["\(role.shortName)_token"]
            if case .string(let token)? = named?["content"] ?? named {
                guard let id = ids[token] else {
                    throw settings.wrong(
                        "\(role.shortName)_token", "is no token: '\(token.prefix(40))'")
                }
                roles[role] = id
                continue
            }
            let field = "\(role.shortName)_token_id"
            var value = fallback.value[field]
            // Models with several ends name the usual one first.
            if case .array(let values)? = value { value = values.first }
            guard case .integer(let id)? = value else { continue }
            guard 0..<size ~= id else { throw fallback.wrong(field, "is \(id), beyond the tokens") }
            roles[role] = id
        }
        return roles
    }
}
