/// Where a word can be cut so that its parts merge into the same tokens as the whole.
///
/// Models without a pre-tokenizer take a whole text for one word. But in almost all of their
/// vocabularies "▁" stands only where a token begins, and where no merge joins what ends with a
/// byte to what begins with "▁", nothing ever merges across that place. So it can be cut there,
/// and its words remembered, without any difference.
struct MergeSeams: Sendable {
    private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    /// By byte: whether some merge joins a token that ends with it to one that begins with "▁".
    private var joins = Array(repeating: false, count: 256)
    private let unknownSpelling: [UInt8]?

    /// Seams for a model before its merges are known; nil if "▁" is no token of the vocabulary.
    ///
    /// `unknownSpelling` is that of the unknown token, if there is one.
    init?(_ vocabulary: Vocabulary, unknownSpelling: [UInt8]?) {
        guard vocabulary.ids[Self.mark] != nil else { return nil }
        self.unknownSpelling = unknownSpelling
    }

    /// Takes a merge of two tokens into account.
    mutating func add(_ first: [UInt8], _ second: [UInt8]) {
        guard second.starts(with: Self.mark), let last = first.last else { return }
        joins[Int(last)] = true
        // A token for a byte, or for what is unknown, does not end like what it stands for.
        let endsUnlikeText =
            last == UInt8(ascii: ">")
            || unknownSpelling.map { first.suffix($0.count).elementsEqual($0) } ?? false
        if endsUnlikeText { joins = Array(repeating: true, count: 256) }
    }

    /// Where the part ends that begins at the start of the range.
    func partEnd(_ text: [UInt8], _ range: Range<Int>) -> Int {
        var index = range.lowerBound + 1
        while index <= range.upperBound - Self.mark.count {
            if text[index] == Self.mark[0], text[index + 1] == Self.mark[1],
                text[index + 2] == Self.mark[2], !joins[Int(text[index - 1])]
            {
                return index
            }
            index += 1
        }
        return range.upperBound
    }
}
