/// SentencePiece's way with spaces: a mark in the place of each, and one before the text.
struct Metaspace: Sendable, Equatable {
    /// Where a mark is put before a piece that does not begin with one.
    enum Prepending: String, Sendable {
        case always
        /// Only where the whole text begins.
        case first
        case never
    }

    /// The mark's UTF-8 bytes, in use always "▁".
    let mark: [UInt8]
    let prepending: Prepending
    /// Whether every mark begins a word; otherwise a piece is one word.
    let splits: Bool

    /// The piece with its marks.
    func marked(
        _ text: [UInt8], _ piece: Range<Int>, beginsText: Bool
    ) throws(TokenizationError) -> [UInt8] {
        let prepends =
            switch prepending {
            case .always: true
            case .first: beginsText
            case .never: false
            }
        let first = text[piece.lowerBound]
        let hasMark = first == UInt8(ascii: " ") || text[piece].starts(with: mark)
        let spaces = TextReplacement(pattern: [UInt8(ascii: " ")], content: mark)
        return try spaces.replaced(text, piece, prefix: prepends && !hasMark ? mark : [])
    }

    /// Where the word ends that begins at the start of the range of a marked text.
    func wordEnd(_ text: [UInt8], _ range: Range<Int>) -> Int {
        guard splits else { return range.upperBound }
        var index = range.lowerBound + 1
        while index <= range.upperBound - mark.count {
            if text[index] == mark[0], text[index..<(index + mark.count)].elementsEqual(mark) {
                return index
            }
            index += 1
        }
        return range.upperBound
    }
}

extension Metaspace {
    /// Reads a Metaspace, which pre-tokenizers and decoders have alike.
    init(_ json: JSONValue, at path: String) throws(TokenizationError) {
        mark = try json.bytes("replacement", at: path)
        guard let lead = mark.first, UTF8Text.length(lead: lead) == mark.count else {
            throw .invalidField("\(path).replacement", expected: "one character")
        }
        let scheme = try json.optionalBytes("prepend_scheme", at: path).map(Vocabulary.name)
        let addsPrefix = try json.flag("add_prefix_space", default: true, at: path)
        guard let prepending = Prepending(rawValue: scheme ?? "always") else {
            throw .unsupported(
                field: "\(path).prepend_scheme", kind: scheme ?? "",
                advice: "only always, first and never are")
        }
        guard addsPrefix || scheme == nil || prepending == .never else {
            throw .invalidField("\(path).add_prefix_space", expected: "what prepend_scheme says")
        }
        self.prepending = addsPrefix ? prepending : .never
        splits = try json.flag("split", default: true, at: path)
    }
}
