/// A BPE model: what the parts of a word begin as, and which pairs merge into what.
///
/// Byte pair encoding: arXiv 1508.07909; over bytes: GPT-2; over characters: SentencePiece,
/// arXiv 1808.06226.
struct BytePairModel: Sendable {
    /// What the parts of a word are.
    enum Symbols: Sendable {
        case bytes(ByteSymbols)
        case scalars(ScalarSymbols)
    }

    let symbols: Symbols
    let unknownToken: Int32?
    /// Makes one unknown token of several that follow one another.
    let fusesUnknown: Bool
    /// Pair of tokens to rank in the high, merged token in the low 32 bits.
    let merges: PairTable
    /// Words that are tokens without any merging.
    let wholeWords: WholeWords
    /// Where words may be cut; nil for nowhere.
    let seams: MergeSeams?

    /// Appends the tokens that a word begins as, as the library's `merge_word` makes them.
    func appendSymbols(of text: [UInt8], _ word: Range<Int>, to ids: inout [Int32]) {
        var unknown = UnknownRun(token: unknownToken, isFused: fusesUnknown)
        switch symbols {
        case .bytes(let symbols): symbols.append(text, word, to: &ids, &unknown)
        case .scalars(let symbols): symbols.append(text, word, to: &ids, &unknown)
        }
        unknown.end(&ids)
    }
}

/// The unknown token that waits while it may be fused with further ones.
struct UnknownRun {
    /// Nil for a model that passes over what it does not know.
    let token: Int32?
    let isFused: Bool
    private var isPending = false

    init(token: Int32?, isFused: Bool) {
        self.token = token
        self.isFused = isFused
    }

    /// Takes one more unknown part.
    mutating func add(_ ids: inout [Int32]) {
        guard let token else { return }
        if isPending, !isFused { ids.append(token) }
        isPending = true
    }

    /// Appends what waits, for a known part follows or the word ends.
    @inline(__always)
    mutating func end(_ ids: inout [Int32]) {
        if isPending, let token { ids.append(token) }
        isPending = false
    }
}

/// The words that `ignore_merges` makes tokens as they are, by their bytes.
struct WholeWords: Sendable {
    private let ids: [[UInt8]: Int32]
    private let bytesMaximum: Int

    init(_ ids: [[UInt8]: Int32]) {
        self.ids = ids
        bytesMaximum = ids.keys.reduce(0) { max($0, $1.count) }
    }

    /// The token of a word that is one.
    func token(_ text: [UInt8], _ word: Range<Int>) -> Int32? {
        word.count <= bytesMaximum ? ids[Array(text[word])] : nil
    }
}
