/// Finds where the words of the known patterns end, over valid UTF-8.
///
/// Each function takes a position at which a match begins and returns where it ends. The patterns
/// match everything, so their matches follow one another without gaps.
struct PatternScanner: Sendable {
    /// The patterns for which there is a scanner.
    enum Pattern: Sendable, Equatable {
        /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
        case gpt2
        /// Llama 3 and cl100k (numbers of up to three digits) and Qwen (one digit).
        case cl100k(digitsMaximum: Int)
    }

    let classes = CharacterClasses.shared

    /// Above every class bit: the end of the text, which no run contains.
    private static let end: UInt8 = 128
    private static let groupBits = CharacterClasses.patternBits | end
    private static let letter = CharacterClasses.letter
    private static let number = CharacterClasses.number
    private static let space = CharacterClasses.space

    /// A scalar's class among letter, number, space, other (0) and end, and its length in bytes.
    private struct Look {
        let group: UInt8
        let length: Int
    }

    /// Appends the ends of all matches in the range.
    func appendEnds(
        of pattern: Pattern, in text: [UInt8], _ range: Range<Int>, to ends: inout [Int]
    ) {
        var position = range.lowerBound
        switch pattern {
        case .gpt2:
            while position < range.upperBound {
                position = gpt2End(text, position, range.upperBound)
                ends.append(position)
            }
        case .cl100k(let digits):
            while position < range.upperBound {
                position = cl100kEnd(text, position, range.upperBound, digits)
                ends.append(position)
            }
        }
    }

    @inline(__always)
    private func look(_ text: [UInt8], _ index: Int, _ limit: Int) -> Look {
        guard index < limit else { return Look(group: Self.end, length: 0) }
        let lead = text[index]
        if lead < 0x80 {
            return Look(group: classes.bits(UInt32(lead)) & Self.groupBits, length: 1)
        }
        let bits = classes.bits(UTF8Text.scalar(in: text, at: index))
        return Look(group: bits & CharacterClasses.patternBits, length: UTF8Text.length(lead: lead))
    }

    @inline(__always)
    private func runEnd(_ text: [UInt8], from start: Int, _ limit: Int, _ group: UInt8) -> Int {
        var index = start
        while true {
            let here = look(text, index, limit)
            guard here.group == group else { return index }
            index += here.length
        }
    }

    private func gpt2End(_ text: [UInt8], _ start: Int, _ limit: Int) -> Int {
        if text[start] == UInt8(ascii: "'") {
            let length = Self.contraction(text, start, limit)
            if length > 0 { return start + length }
        }
        let head = look(text, start, limit)
        if text[start] == UInt8(ascii: " ") {
            let next = look(text, start + 1, limit)
            if next.group != Self.space, next.group != Self.end {
                return runEnd(text, from: start + 1 + next.length, limit, next.group)
            }
        }
        if head.group != Self.space {
            return runEnd(text, from: start + head.length, limit, head.group)
        }
        return spaceEnd(text, start, limit, stopsAfterNewlines: false)
    }

    private func cl100kEnd(
        _ text: [UInt8], _ start: Int, _ limit: Int, _ digitsMaximum: Int
    ) -> Int {
        let byte = text[start]
        if byte == UInt8(ascii: "'") {
            let length = Self.foldedContraction(text, start, limit)
            if length > 0 { return start + length }
        }
        let head = look(text, start, limit)
        if head.group == Self.letter {
            return runEnd(text, from: start + head.length, limit, Self.letter)
        }
        if head.group == Self.number {
            return numberEnd(text, start, limit, digitsMaximum)
        }
        let next = look(text, start + head.length, limit)
        if next.group == Self.letter, !Self.isNewline(byte) {
            return runEnd(text, from: start + head.length + next.length, limit, Self.letter)
        }
        if head.group == 0 {
            return otherEnd(text, from: start + head.length, limit)
        }
        if byte == UInt8(ascii: " "), next.group == 0 {
            return otherEnd(text, from: start + 1 + next.length, limit)
        }
        return spaceEnd(text, start, limit, stopsAfterNewlines: true)
    }

    private func numberEnd(_ text: [UInt8], _ start: Int, _ limit: Int, _ maximum: Int) -> Int {
        var index = start
        for _ in 0..<maximum {
            let here = look(text, index, limit)
            guard here.group == Self.number else { break }
            index += here.length
        }
        return index
    }

    /// The end of `[^\s\p{L}\p{N}]*[\r\n]*`.
    private func otherEnd(_ text: [UInt8], from start: Int, _ limit: Int) -> Int {
        var index = runEnd(text, from: start, limit, 0)
        while index < limit, Self.isNewline(text[index]) { index += 1 }
        return index
    }

    /// The end of `\s*[\r\n]+|\s+(?!\S)|\s+`, of which GPT-2 has only the last two.
    ///
    /// The first takes the run up to its last newline. The second takes all of a run that ends
    /// the text, and else gives its last scalar back, for which there must be two; a single one
    /// before other text is left to the third.
    private func spaceEnd(
        _ text: [UInt8], _ start: Int, _ limit: Int, stopsAfterNewlines: Bool
    ) -> Int {
        var index = start
        var lastStart = start
        var newlineEnd = -1
        while true {
            let here = look(text, index, limit)
            guard here.group == Self.space else { break }
            lastStart = index
            if Self.isNewline(text[index]) { newlineEnd = index + 1 }
            index += here.length
        }
        if stopsAfterNewlines, newlineEnd > 0 { return newlineEnd }
        return index == limit || lastStart == start ? index : lastStart
    }

    @inline(__always)
    private static func isNewline(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// The length of `'s|'t|'re|'ve|'m|'ll|'d` here, or 0.
    private static func contraction(_ text: [UInt8], _ start: Int, _ limit: Int) -> Int {
        guard start + 1 < limit else { return 0 }
        let second = start + 2 < limit ? text[start + 2] : 0
        return contractionLength(text[start + 1], second)
    }

    /// The same with `(?i:…)`, by which Onigurama also takes a long s (U+017F) for an s.
    private static func foldedContraction(_ text: [UInt8], _ start: Int, _ limit: Int) -> Int {
        guard start + 1 < limit else { return 0 }
        let first = text[start + 1]
        let second = start + 2 < limit ? text[start + 2] : 0
        if first == 0xC5, second == 0xBF { return 3 }
        return contractionLength(lowercased(first), lowercased(second))
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func contractionLength(_ first: UInt8, _ second: UInt8) -> Int {
        switch (first, second) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
            (UInt8(ascii: "d"), _):
            2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            3
        default: 0
        }
    }
}
