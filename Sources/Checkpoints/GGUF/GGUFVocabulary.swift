/// A byte-pair tokenizer as GGUF keeps it: tokens in the byte alphabet of `tokenizer.json`, with
/// merges, special tokens, and the name of the rule that splits text first.
public struct GGUFVocabulary: Sendable, Hashable {
    /// What a token is; the raw values are those of `tokenizer.ggml.token_type`.
    public enum TokenType: Int32, Sendable {
        /// Text.
        case normal = 1
        /// What stands for text without tokens.
        case unknown = 2
        /// A special token, which text never gives.
        case control = 3
        /// A token that was added, and is found in text before it is split.
        case userDefined = 4
        /// A row of the embedding without a token.
        case unused = 5
        /// A single byte.
        case byte = 6
    }

    /// The tokens that play a part, by the names of their keys.
    public enum Role: String, Sendable, CaseIterable {
        /// Begins a sequence.
        case beginning = "bos"
        /// Ends a sequence.
        case end = "eos"
        /// Stands for what has no token.
        case unknown
        /// Fills batches.
        case padding

        /// The token's key in a GGUF file.
        var key: String { "tokenizer.ggml.\(rawValue)_token_id" }
        /// What the other files call it.
        var shortName: String {
            switch self {
            case .beginning, .end: rawValue
            case .unknown: "unk"
            case .padding: "pad"
            }
        }
    }

    /// The largest number of tokens; a file's lists hold four times as many elements.
    public static let tokensMax = GGUFHeader.listElementsMax / 4

    /// The tokens by id, as many as the embedding has rows.
    public internal(set) var tokens: [String]
    /// What each token is.
    public internal(set) var types: [TokenType]
    /// The merges in their order, "a b".
    public internal(set) var merges: [String]
    /// How text is split.
    public internal(set) var preTokenizer: GGUFPreTokenizer
    /// The ids of the tokens that play a part.
    public internal(set) var roles: [Role: Int]
    /// Whether a sequence begins with the beginning's token by itself.
    public internal(set) var addsBeginning: Bool
    /// Whether a sequence ends with the end's token by itself.
    public internal(set) var addsEnd: Bool
    /// The Jinja template of a conversation; nil when there is none.
    public internal(set) var chatTemplate: String?

    /// The keys of a GGUF file.
    public var metadata: GGUFMetadata {
        var metadata: GGUFMetadata = [
            "tokenizer.ggml.model": .string("gpt2"),
            "tokenizer.ggml.pre": .string(preTokenizer.rawValue),
            "tokenizer.ggml.tokens": .texts(tokens),
            "tokenizer.ggml.token_type": .array(of: .int32, types.map { .int32($0.rawValue) }),
            "tokenizer.ggml.merges": .texts(merges),
        ]
        for role in Role.allCases {
            metadata[role.key] = roles[role].map { .uint32(UInt32($0)) }
        }
        // Both are stated, since llama.cpp's defaults depend on the pre-tokenizer.
        metadata["tokenizer.ggml.add_bos_token"] = .boolean(addsBeginning)
        metadata["tokenizer.ggml.add_eos_token"] = .boolean(addsEnd)
        metadata["tokenizer.ggml.add_space_prefix"] = .boolean(false)
        metadata["tokenizer.chat_template"] = chatTemplate.map(GGUFValue.string)
        return metadata
    }
}
