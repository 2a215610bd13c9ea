/// Turns words into tokens, one text at a time: the model with its cache and scratch space.
struct WordEncoder {
    private let model: SubwordModel
    private var merger = PairMerger()
    private var cache: WordCache
    /// The tokens so far.
    private(set) var ids: [Int32] = []

    /// An encoder for a text of about that many bytes.
    init(model: SubwordModel, textBytes: Int) {
        self.model = model
        cache = WordCache(textBytes: textBytes)
        ids.reserveCapacity(textBytes / 4 + 16)
    }

    /// Appends one token as it is.
    mutating func append(_ id: Int32) { ids.append(id) }

    /// Appends the tokens of a word, which is not empty.
    mutating func encode(_ text: [UInt8], _ word: Range<Int>) {
        guard case .bytePairs(let model) = model else { return encodePart(text, word) }
        guard let seams = model.seams else { return encodePart(text, word) }
        if let token = model.wholeWords.token(text, word) { return ids.append(token) }
        var start = word.lowerBound
        while start < word.upperBound {
            let end = seams.partEnd(text, start..<word.upperBound)
            encodePart(text, start..<end)
            start = end
        }
    }

    private mutating func encodePart(_ text: [UInt8], _ part: Range<Int>) {
        guard part.count <= WordCache.wordLengthMaximum else { return compute(text, part) }
        let hash = WordCache.hash(text, part)
        if cache.appendTokens(text, part, hash: hash, to: &ids) { return }
        let first = ids.count
        compute(text, part)
        cache.insert(text, part, hash: hash, tokensOf: ids, from: first)
    }

    private mutating func compute(_ text: [UInt8], _ part: Range<Int>) {
        switch model {
        case .wordPieces(let model): model.appendTokens(of: text, part, to: &ids)
        case .bytePairs(let model):
            // A word with seams has been looked for as a whole; its parts may not be.
            if model.seams == nil, let id = model.wholeWords.token(text, part) {
                ids.append(id)
            } else {
                merger.merge(text, part, with: model, into: &ids)
            }
        }
    }
}
