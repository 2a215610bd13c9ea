/// How llama.cpp splits text before byte-pair merges; the raw values are those of
/// `tokenizer.ggml.pre`.
///
/// llama.cpp's own converter takes the value from a hash of a test sentence's tokens. Here it is
/// recognised by what `tokenizer.json` says, and what is not exactly one of these is refused: a
/// wrong value would silently change how text is split.
public enum GGUFPreTokenizer: String, Sendable, CaseIterable {
    /// Llama 3: runs of up to three digits, and whole words before merges.
    case llama3 = "llama-bpe"
    /// Qwen2, Qwen2.5, Qwen3: single digits.
    case qwen2
    /// SmolLM: single digits, then as GPT-2.
    case smollm
    /// GPT-2.
    case gpt2 = "gpt-2"

    /// Recognises the `pre_tokenizer` of a `tokenizer.json`, whose model may have `ignore_merges`;
    /// nil for all others.
    init?(_ preTokenizer: JSONValue?, wholeWordsFirst: Bool) {
        guard let steps = Self.steps(preTokenizer),
            let found = Self.allCases.first(where: { $0.steps == steps }),
            wholeWordsFirst == (found == .llama3)
        else { return nil }
        self = found
    }

    /// The `pre_tokenizer` of a `tokenizer.json`.
    var json: JSONValue {
        .object(["type": .string("Sequence"), "pretokenizers": .array(steps.map(\.json))])
    }

    /// The `normalizer` of a `tokenizer.json`; llama.cpp has none.
    var normalizer: JSONValue {
        self == .qwen2 ? .object(["type": .string("NFC")]) : .null
    }

    private var steps: [Step] {
        switch self {
        case .llama3: [.pattern(Self.pattern(digits: #"\p{N}{1,3}"#)), .byteLevel(splits: false)]
        case .qwen2: [.pattern(Self.pattern(digits: #"\p{N}"#)), .byteLevel(splits: false)]
        case .smollm: [.digits, .byteLevel(splits: true)]
        case .gpt2: [.byteLevel(splits: true)]
        }
    }

    private static func pattern(digits: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// The steps of a pre-tokenizer; nil when one is not known.
    private static func steps(_ value: JSONValue?) -> [Step]? {
        guard value?["type"] == .string("Sequence"),
            case .array(let parts)? = value?["pretokenizers"]
        else { return Step(value).map { [$0] } }
        let steps = parts.compactMap(Step.init)
        return steps.count == parts.count ? steps : nil
    }
}

extension GGUFPreTokenizer {
    fileprivate enum Step: Equatable {
        case digits
        case pattern(String)
        case byteLevel(splits: Bool)

        init?(_ value: JSONValue?) {
            switch value?["type"] {
            case .string("Digits") where value?["individual_digits"] == .boolean(true):
                self = .digits
            case .string("ByteLevel") where value?["add_prefix_space"] == .boolean(false):
                // Splitting is the default of files that were written before it was a choice.
                self = .byteLevel(splits: value?["use_regex"] != .boolean(false))
            case .string("Split"):
                guard value?["behavior"] == .string("Isolated"), value?["invert"] != .boolean(true),
                    case .string(let pattern)? = value?["pattern"]?["Regex"]
                else { return nil }
                self = .pattern(pattern)
            default: return nil
            }
        }

        var json: JSONValue {
            switch self {
            case .digits:
                .object(["type": .string("Digits"), "individual_digits": .boolean(true)])
            case .pattern(let pattern):
                .object([
                    "type": .string("Split"), "pattern": .object(["Regex": .string(pattern)]),
                    "behavior": .string("Isolated"), "invert": .boolean(false),
                ])
            case .byteLevel(let splits):
                .object([
                    "type": .string("ByteLevel"), "add_prefix_space": .boolean(false),
                    "trim_offsets": .boolean(true), "use_regex": .boolean(splits),
                ])
            }
        }
    }
}
