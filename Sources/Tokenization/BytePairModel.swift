/// A byte-level BPE model: what each byte begins as, and which pairs merge into what.
///
/// Byte pair encoding: arXiv 1508.07909; over bytes: GPT-2.
struct BytePairModel: Sendable {
    /// What a byte that has no token of its own becomes.
    enum MissingByte: Sendable {
        /// The tokens of `byte_fallback` for the spelling of this byte.
        case fallback([Int32])
        /// The unknown token, or nothing at all if there is none.
        case unknown
    }

    /// The first token of each byte, -1 where the vocabulary has none.
    let symbols: [Int32]
    /// By byte, read only where `symbols` is -1.
    let missing: [MissingByte]
    let unknownToken: Int32?
    let fusesUnknown: Bool
    /// Pair of tokens to rank in the high, merged token in the low 32 bits.
    let merges: PairTable
    /// Whole words that are tokens, only for `ignore_merges`, by their bytes.
    let wholeWords: [[UInt8]: Int32]

    /// Appends the tokens that a word begins as, as the library's `merge_word` makes them.
    func appendSymbols(of text: [UInt8], _ word: Range<Int>, to ids: inout [Int32]) {
        var pendingUnknown = false
        for index in word {
            let byte = Int(text[index])
            let symbol = symbols[byte]
            if symbol >= 0 {
                if pendingUnknown, let unknownToken { ids.append(unknownToken) }
                pendingUnknown = false
                ids.append(symbol)
            } else if case .fallback(let tokens) = missing[byte] {
                // The library leaves a pending unknown token for after the fallback tokens.
                ids.append(contentsOf: tokens)
            } else if let unknownToken {
                if pendingUnknown, !fusesUnknown { ids.append(unknownToken) }
                pendingUnknown = true
            }
        }
        if pendingUnknown, let unknownToken { ids.append(unknownToken) }
    }
}
