/// A byte-level BPE tokenizer from a Hugging Face `tokenizer.json`.
///
/// Gives the same ids, token for token, as the `tokenizers` library (checked against 0.23): for
/// models of GPT-2's, Llama 3's, Qwen's and SmolLM's kind. A file with any part that is not
/// implemented (SentencePiece-like models, other normalizers or patterns) is refused by name.
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

    /// The tokens of a text.
    ///
    /// With `addSpecialTokens` (default: without) the tokens of the file's template surround
    /// them. Added tokens that are spelled out in the text are found in any case, as by the
    /// library. Runs on the calling thread only; the same text always gives the same ids.
    /// Throws the offset of the first byte that is not valid UTF-8.
    public func encode(
        _ utf8: [UInt8], addSpecialTokens: Bool = false
    ) throws(TokenizationError) -> [Int32] {
        guard utf8.count <= Self.textBytesMaximum else {
            throw .textTooLong(bytes: utf8.count, maximum: Self.textBytesMaximum)
        }
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
                encodePlain(utf8, segment.range, with: &encoder)
            }
        }
        if addSpecialTokens {
            for id in file.template.suffix { encoder.append(id) }
        }
        return encoder.ids
    }

    /// Normalizes a text without plain added tokens, and encodes it around the normalized ones.
    private func encodePlain(
        _ text: [UInt8], _ range: Range<Int>, with encoder: inout WordEncoder
    ) {
        var text = text
        var range = range
        if file.composes, let composed = CanonicalComposer.shared.normalized(text, range) {
            text = composed
            range = 0..<composed.count
        }
        for segment in file.normalizedTokens.segments(of: text, in: range) {
            if let token = segment.token {
                encoder.append(token)
            } else {
                file.preTokenizer.encode(text, segment.range, with: &encoder)
            }
        }
    }

    /// The bytes that the tokens stand for, special ones with their own text.
    ///
    /// A token may end within a scalar, so the bytes need not be valid UTF-8. Throws the first id
    /// that no token has.
    public func decode(_ ids: [Int32]) throws(TokenizationError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(ids.count * 4)
        for (position, id) in ids.enumerated() {
            guard id >= 0, Int(id) < file.bytesByID.count, let bytes = file.bytesByID[Int(id)]
            else { throw .unknownID(id: id, position: position) }
            output.append(contentsOf: bytes)
        }
        return output
    }
}
