/// A WordPiece model: from the left the longest token that fits, again and again.
///
/// arXiv 1810.04805, section 3; a word of which any part has no token is unknown as a whole.
struct WordPieceModel: Sendable {
    /// The id of each token by its spelling.
    private let trie: ByteTrie
    /// The node after the prefix with which tokens are spelled that continue a word.
    private let continuation: Int32?
    private let unknownToken: Int32
    /// Longer words are unknown.
    private let scalarsMaximum: Int

    /// Appends the tokens of a word, which is not empty.
    func appendTokens(of text: [UInt8], _ word: Range<Int>, to ids: inout [Int32]) {
        guard !isTooLong(text, word) else { return ids.append(unknownToken) }
        let first = ids.count
        var start = word.lowerBound
        while start < word.upperBound {
            let node = start == word.lowerBound ? ByteTrie.root : continuation
            guard let node,
                let match = trie.longestMatch(text, start..<word.upperBound, from: node)
            else {
                ids.removeLast(ids.count - first)
                return ids.append(unknownToken)
            }
            ids.append(match.number)
            start = match.end
        }
    }

    private func isTooLong(_ text: [UInt8], _ word: Range<Int>) -> Bool {
        guard word.count > scalarsMaximum else { return false }
        return text[word].count { $0 & 0xC0 != 0x80 } > scalarsMaximum
    }
}

extension WordPieceModel {
    /// Eight times the text of the largest vocabularies in use.
    static let vocabularyBytesMaximum = 8 << 20
    /// The largest `max_input_chars_per_word`, ten times what is in use: each part of a word may
    /// be looked for up to the word's end.
    static let wordScalarsMaximum = 1_000

    /// Reads the `model` of a tokenizer file whose vocabulary has been read.
    init(_ json: JSONValue, vocabulary: Vocabulary) throws(TokenizationError) {
        let unknown = try json.bytes("unk_token", at: "model")
        guard let id = vocabulary.ids[unknown] else {
            throw .invalidField(
                "model.unk_token",
                expected: "a token of the vocabulary, which \(Vocabulary.name(unknown)) is not")
        }
        unknownToken = id
        guard case .integer(let maximum) = json.member("max_input_chars_per_word"),
            0...Self.wordScalarsMaximum ~= maximum
        else {
            throw .invalidField(
                "model.max_input_chars_per_word",
                expected: "a number of characters up to \(Self.wordScalarsMaximum)")
        }
        scalarsMaximum = maximum
        let prefix = try json.bytes("continuing_subword_prefix", at: "model")
        var byteCount = 0
        for token in vocabulary.ids.keys { byteCount += token.count }
        guard byteCount <= Self.vocabularyBytesMaximum else {
            throw .invalidField(
                "model.vocab",
                expected: "tokens of together at most \(Self.vocabularyBytesMaximum) bytes")
        }
        var trie = ByteTrie(byteCount: byteCount)
        for (token, id) in vocabulary.ids { trie.insert(token, id) }
        continuation = trie.node(after: prefix)
        self.trie = trie
    }
}
