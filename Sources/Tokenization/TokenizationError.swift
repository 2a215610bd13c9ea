/// What can be wrong with a `tokenizer.json`, with the text, or with the ids.
public enum TokenizationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file is not JSON: the byte offset and what was expected there.
    case malformedJSON(offset: Int, reason: String)
    /// A field that must be there is not.
    case missingField(String)
    /// A field holds something else than it must.
    case invalidField(String, expected: String)
    /// A part of the tokenizer is of a kind that is not implemented.
    case unsupported(field: String, kind: String, advice: String)
    /// A regular expression for which there is no scanner.
    case unknownPattern(field: String, pattern: String)
    /// A merge names a token, or produces one, that the vocabulary lacks.
    case mergeOfUnknownToken(index: Int, token: String)
    /// The text is not UTF-8 at this byte.
    case invalidUTF8(offset: Int)
    /// The text is longer than one call may take.
    case textTooLong(bytes: Int, maximum: Int)
    /// An id to decode that no token has.
    case unknownID(id: Int32, position: Int)

    /// One sentence: what, where, and what to do.
    public var description: String {
        switch self {
        case .malformedJSON(let offset, let reason):
            "The tokenizer file is not valid JSON at byte \(offset) (\(reason)); "
                + "fetch the file again, it may be truncated."
        case .missingField(let field):
            "The tokenizer file has no \"\(field)\"; it must be a Hugging Face tokenizer.json."
        case .invalidField(let field, let expected):
            "The tokenizer file's \"\(field)\" is not as it must be: expected \(expected)."
        case .unsupported(let field, let kind, let advice):
            "The tokenizer file's \"\(field)\" is \(kind), which is not implemented; \(advice)."
        case .unknownPattern(let field, let pattern):
            "The tokenizer file's \"\(field)\" splits by the pattern \(pattern), for which there "
                + "is no scanner; the patterns of GPT-2, Llama 3 (cl100k) and Qwen are known."
        case .mergeOfUnknownToken(let index, let token):
            "Merge \(index) of the tokenizer file needs the token \"\(token)\", which is not in "
                + "its vocabulary; fetch the file again."
        case .invalidUTF8(let offset):
            "The text is not valid UTF-8 at byte \(offset); convert it to UTF-8 first."
        case .textTooLong(let bytes, let maximum):
            "The text has \(bytes) bytes and one call takes at most \(maximum); split the text."
        case .unknownID(let id, let position):
            "The id \(id) at position \(position) is not in the tokenizer's vocabulary; "
                + "the ids come from another tokenizer."
        }
    }
}
