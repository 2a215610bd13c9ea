/// A tokenizer from a Hugging Face `tokenizer.json`.
///
/// Gives the same ids, token for token, as the `tokenizers` library (checked against 0.23): for
/// byte-level BPE of GPT-2's, Llama 3's, Qwen's and SmolLM's kind, for BPE over characters of
/// Llama 2's, Mistral's and Gemma's kind, and for BERT's WordPiece. A file with any part that is
/// not implemented (Unigram models, other normalizers or patterns) is refused by name.
/// Truncation and padding, if the file has them, are left to the caller.
public struct Tokenizer: Sendable {
    private let file: TokenizerFile

    /// The longest text that one call of `encode` takes, in bytes (2 GiB less 64 kB).
    public static let textBytesMaximum = Int(Int32.max) - 65_536

    /// Reads the bytes of a `tokenizer.json`.
    ///
    /// Throws if it is damaged, or of a kind that is not implemented.
    public init(json: [UInt8]) throws(TokenizationError) {
        file = try TokenizerFile(json)
    }

    /// The number of different tokens, the added ones included (the library's `get_vocab_size`).
    public var vocabularySize: Int { file.tokenCount }

    /// The tokens that `encode` puts before and behind a text with `addSpecialTokens`.
    public var specialTokens: (prefix: [Int32], suffix: [Int32]) {
        (file.template.prefix, file.template.suffix)
    }

    /// The tokens of a text.
    ///
    /// With `addSpecialTokens` (default: without) the tokens of the file's template surround
    /// them. Added tokens that are spelled out in the text are found in any case, as by the
    /// library. Runs on the calling thread only; the same text always gives the same ids.
    /// Throws the offset of the first byte that is not valid UTF-8, and if the text is longer
    /// than `textBytesMaximum` as it is or as the tokenizer's normalizer makes it.
    public func encode(
        _ utf8: [UInt8], addSpecialTokens: Bool = false
    ) throws(TokenizationError) -> [Int32] {
        try Self.checkLength(utf8.count)
        if let offset = UTF8Text.firstInvalidOffset(in: utf8) {
            throw .invalidUTF8(offset: offset)
        }
        var encoder = WordEncoder(model: file.model, textBytes: utf8.count)
        if addSpecialTokens {
            for id in file.template.prefix { encoder.append(id) }
        }
        for segment in file.plainTokens.segments(of: utf8, in: 0..<utf8.count) {
            if let token = segment.token {
                encoder.append(token)
            } else {
                try encodePlain(utf8, segment.range, with: &encoder)
            }
        }
        if addSpecialTokens {
            for id in file.template.suffix { encoder.append(id) }
        }
        return encoder.ids
    }

    /// Throws if a text of that many bytes is too long.
    static func checkLength(_ bytes: Int) throws(TokenizationError) {
        guard bytes <= textBytesMaximum else {
            throw .textTooLong(bytes: bytes, maximum: textBytesMaximum)
        }
    }

    /// Normalizes a text without plain added tokens, and encodes it around the normalized ones.
    private func encodePlain(
        _ text: [UInt8], _ range: Range<Int>, with encoder: inout WordEncoder
    ) throws(TokenizationError) {
        let normalized = try file.normalizer.normalized(text, range)
        let extent = normalized.map { 0..<$0.count } ?? range
        let content = normalized ?? text
        for segment in file.normalizedTokens.segments(of: content, in: extent) {
            if let token = segment.token {
                encoder.append(token)
            } else {
                let isFirst =
                    range.lowerBound == 0
                    && segment.range.lowerBound == extent.lowerBound
                try file.preTokenizer.encode(
                    content, segment.range, beginsText: isFirst, with: &encoder)
            }
        }
    }

    /// The text that the tokens stand for, special ones with their own text.
    ///
    /// For byte-level models these are the tokens' bytes: a token may end within a scalar, so
    /// they need not be valid UTF-8. For others it is what the file's decoder makes of the
    /// tokens' texts, as in the library. Throws the first id that no token has, and if the text
    /// would be longer than `textBytesMaximum`.
    public func decode(_ ids: [Int32]) throws(TokenizationError) -> [UInt8] {
        var output: [UInt8] = []
        var texts: [[UInt8]] = []
        for (position, id) in ids.enumerated() {
            guard id >= 0, Int(id) < file.bytesByID.count, let bytes = file.bytesByID[Int(id)]
            else { throw .unknownID(id: id, position: position) }
            if file.decoder == nil {
                output.append(contentsOf: bytes)
            } else {
                texts.append(bytes)
            }
        }
        return try file.decoder?.decoded(texts) ?? output
    }
}
