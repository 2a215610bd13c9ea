/// A token that is found in the text itself, before any splitting.
struct AddedToken: Sendable {
    let id: Int32
    let content: [UInt8]
    /// Takes the white space before (left) and after it (right) along.
    let stripsLeft: Bool, stripsRight: Bool
    /// Is not found inside of a word.
    let isSingleWord: Bool
    /// Is looked for after normalization instead of before.
    let isNormalized: Bool
}

/// Finds added tokens: the leftmost first, of those the longest.
struct AddedTokenSet: Sendable {
    /// A part of a text: a token that was found, or what lies between.
    struct Segment: Equatable {
        let range: Range<Int>
        let token: Int32?
    }

    private let tokens: [AddedToken]
    /// The index of each token by its content.
    private var trie: ByteTrie
    private var beginsToken = Array(repeating: false, count: 256)
    private let classes = CharacterClasses.shared

    /// A set of tokens whose contents are not empty, to be found as they are spelled.
    init(_ tokens: [AddedToken]) {
        self.tokens = tokens
        trie = ByteTrie(byteCount: tokens.reduce(0) { $0 + $1.content.count })
        for (index, token) in tokens.enumerated() {
            guard let first = token.content.first else { continue }
            beginsToken[Int(first)] = true
            trie.insert(token.content, Int32(index))
        }
    }

    /// The parts of the range of a text, in order, none of them empty text.
    func segments(of text: [UInt8], in range: Range<Int>) -> [Segment] {
        var segments: [Segment] = []
        var taken = range.lowerBound
        var index = range.lowerBound
        if tokens.isEmpty { index = range.upperBound }
        while index < range.upperBound {
            guard beginsToken[Int(text[index])],
                let found = trie.longestMatch(text, index..<range.upperBound)
            else {
                index += 1
                continue
            }
            let token = tokens[Int(found.number)]
            var start = index
            var end = found.end
            // A match that is then discarded still hides what overlaps it, as in the library.
            index = end
            if token.isSingleWord, touchesWord(text, start..<end, in: range) { continue }
            if token.stripsLeft {
                start = max(taken, spaceStart(text, before: start, taken))
            }
            // Within what was taken there is nothing but space up to its end.
            if token.stripsRight { end = spaceEnd(text, after: max(end, taken), range.upperBound) }
            if taken < start { segments.append(Segment(range: taken..<start, token: nil)) }
            segments.append(Segment(range: min(start, end)..<end, token: token.id))
            taken = end
        }
        if taken < range.upperBound {
            segments.append(Segment(range: taken..<range.upperBound, token: nil))
        }
        return segments
    }

    private func touchesWord(
        _ text: [UInt8], _ match: Range<Int>, in range: Range<Int>
    ) -> Bool {
        if match.lowerBound > range.lowerBound {
            let before = UTF8Text.start(ofScalarBefore: match.lowerBound, in: text)
            if isClass(CharacterClasses.word, text, before) { return true }
        }
        return match.upperBound < range.upperBound
            && isClass(CharacterClasses.word, text, match.upperBound)
    }

    private func spaceStart(_ text: [UInt8], before end: Int, _ limit: Int) -> Int {
        var index = end
        while index > limit {
            let before = UTF8Text.start(ofScalarBefore: index, in: text)
            guard isClass(CharacterClasses.plainSpace, text, before) else { break }
            index = before
        }
        return index
    }

    private func spaceEnd(_ text: [UInt8], after start: Int, _ limit: Int) -> Int {
        var index = start
        while index < limit, isClass(CharacterClasses.plainSpace, text, index) {
            index += UTF8Text.length(lead: text[index])
        }
        return index
    }

    private func isClass(_ bits: UInt8, _ text: [UInt8], _ index: Int) -> Bool {
        classes.bits(UTF8Text.scalar(in: text, at: index)) & bits != 0
    }
}
