/// Turns words into tokens, one text at a time: the model with its cache and scratch space.
struct WordEncoder {
    private let model: BytePairModel
    private var merger = PairMerger()
    private var cache: WordCache
    /// The tokens so far.
    private(set) var ids: [Int32] = []

    /// An encoder for a text of about that many bytes.
    init(model: BytePairModel, textBytes: Int) {
        self.model = model
        cache = WordCache(textBytes: textBytes)
        ids.reserveCapacity(textBytes / 4 + 16)
    }

    /// Appends one token as it is.
    mutating func append(_ id: Int32) { ids.append(id) }

    /// Appends the tokens of a word.
    mutating func encode(_ text: [UInt8], _ word: Range<Int>) {
        guard word.count <= WordCache.wordLengthMaximum else { return compute(text, word) }
        let hash = WordCache.hash(text, word)
        if cache.appendTokens(text, word, hash: hash, to: &ids) { return }
        let first = ids.count
        compute(text, word)
        cache.insert(text, word, hash: hash, tokensOf: ids, from: first)
    }

    private mutating func compute(_ text: [UInt8], _ word: Range<Int>) {
        if !model.wholeWords.isEmpty, let id = model.wholeWords[Array(text[word])] {
            ids.append(id)
            return
        }
        merger.merge(text, word, with: model, into: &ids)
    }
}
