/// Normalization form C (Unicode Standard Annex 15), by the tables of the `tokenizers` library.
///
/// Its own tables, not Foundation's: the library's Unicode version is older, and a character that
/// composes in one and not in the other would change the tokens.
struct CanonicalComposer: Sendable {
    private let classes = CharacterClasses.shared
    /// (scalar, 0) to first part in the high, second part or 0 in the low bits.
    private let decompositions: PairTable
    /// (first, second) to the composed scalar.
    private let compositions: PairTable
    /// (scalar, 0) to the canonical combining class, absent for 0.
    private let combiningClasses: PairTable

    /// The one composer, unpacked at first use.
    static let shared = CanonicalComposer()

    /// A scalar with its canonical combining class, which is 0 for a starter.
    struct Mark {
        let scalar: UInt32
        let order: UInt8
    }

    private init() {
        let pairs = PackedTable.numbers(CompositionTable.pairs)
        var decompositions = PairTable(capacity: pairs.count / 3)
        var compositions = PairTable(capacity: pairs.count / 3)
        var scalar: UInt32 = 0
        for index in stride(from: 0, to: pairs.count - 2, by: 3) {
            scalar += pairs[index] >> 1
            let (first, second) = (pairs[index + 1], pairs[index + 2])
            decompositions.set(Int32(scalar), 0, to: UInt64(first) << 32 | UInt64(second))
            if pairs[index] & 1 == 1 {
                compositions.set(Int32(first), Int32(second), to: UInt64(scalar))
            }
        }
        let marks = PackedTable.numbers(CompositionTable.combiningClasses)
        var combiningClasses = PairTable(capacity: marks.count / 2)
        scalar = 0
        for index in stride(from: 0, to: marks.count - 1, by: 2) {
            scalar += marks[index]
            combiningClasses.set(Int32(scalar), 0, to: UInt64(marks[index + 1]))
        }
        self.decompositions = decompositions
        self.compositions = compositions
        self.combiningClasses = combiningClasses
    }

    /// The normalized bytes of the range of valid UTF-8; nil if that changes nothing for sure.
    func normalized(_ text: [UInt8], _ range: Range<Int>) -> [UInt8]? {
        var output: [UInt8] = []
        var copied = range.lowerBound
        var stable = range.lowerBound
        var index = range.lowerBound
        var hasChanges = false
        while index < range.upperBound {
            // Nothing below U+0300 composes with what precedes it, and its lead byte is below.
            guard text[index] >= 0xCC, isComposing(text, index) else {
                stable = index
                index += UTF8Text.length(lead: text[index])
                continue
            }
            while index < range.upperBound, isComposing(text, index) {
                index += UTF8Text.length(lead: text[index])
            }
            if !hasChanges { output.reserveCapacity(range.count) }
            hasChanges = true
            output.append(contentsOf: text[copied..<stable])
            compose(text, stable..<index, into: &output)
            copied = index
            stable = index
        }
        guard hasChanges else { return nil }
        output.append(contentsOf: text[copied..<range.upperBound])
        return output
    }

    private func isComposing(_ text: [UInt8], _ index: Int) -> Bool {
        classes.bits(UTF8Text.scalar(in: text, at: index)) & CharacterClasses.composing != 0
    }

    private func compose(_ text: [UInt8], _ range: Range<Int>, into output: inout [UInt8]) {
        var marks: [Mark] = []
        var index = range.lowerBound
        while index < range.upperBound {
            appendDecomposition(of: UTF8Text.scalar(in: text, at: index), to: &marks)
            index += UTF8Text.length(lead: text[index])
        }
        Self.sortMarks(&marks)
        for scalar in composed(marks) { UTF8Text.append(scalar, to: &output) }
    }

    /// Appends what the scalar is made of, all the way down; its marks are not sorted.
    func appendDecomposition(of scalar: UInt32, to marks: inout [Mark]) {
        if Hangul.isSyllable(scalar) {
            for part in Hangul.parts(of: scalar) { marks.append(Mark(scalar: part, order: 0)) }
            return
        }
        let parts = decompositions.value(Int32(scalar), 0)
        guard parts != PairTable.absent else {
            let order = combiningClasses.value(Int32(scalar), 0)
            let known = order != PairTable.absent
            return marks.append(Mark(scalar: scalar, order: known ? UInt8(order) : 0))
        }
        appendDecomposition(of: UInt32(parts >> 32), to: &marks)
        let second = UInt32(truncatingIfNeeded: parts)
        if second != 0 { appendDecomposition(of: second, to: &marks) }
    }

    /// Canonical ordering: each run of marks sorted by its classes, equal ones left in order.
    static func sortMarks(_ marks: inout [Mark]) {
        var start = 0
        while start < marks.count {
            guard marks[start].order != 0 else {
                start += 1
                continue
            }
            var end = start
            while end < marks.count, marks[end].order != 0 { end += 1 }
            // Swift's sort is stable; an insertion would be quadratic on hostile text.
            marks[start..<end].sort { $0.order < $1.order }
            start = end
        }
    }

    private func composed(_ marks: [Mark]) -> [UInt32] {
        var output: [UInt32] = []
        var starter = -1
        var lastOrder = -1
        for mark in marks {
            // A mark is blocked from its starter by a kept one of the same or a higher class.
            if starter >= 0, lastOrder < Int(mark.order),
                let whole = composition(output[starter], mark.scalar)
            {
                output[starter] = whole
                continue
            }
            if mark.order == 0 {
                starter = output.count
                lastOrder = -1
            } else {
                lastOrder = Int(mark.order)
            }
            output.append(mark.scalar)
        }
        return output
    }

    private func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if let syllable = Hangul.composition(first, second) { return syllable }
        let whole = compositions.value(Int32(first), Int32(second))
        return whole == PairTable.absent ? nil : UInt32(whole)
    }
}
