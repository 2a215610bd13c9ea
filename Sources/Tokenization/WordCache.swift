/// Remembers the tokens of the words of one text.
///
/// Direct-mapped and bounded: a word evicts whatever had its slot, and when the arena of words is
/// full everything is forgotten. It changes speed only, never a result.
struct WordCache {
    private struct Slot {
        var hash: UInt64 = 0
        var wordStart: Int32 = 0
        var wordLength: Int32 = 0
        var idStart: Int32 = 0
        var idCount: Int32 = 0
    }

    private var slots: [Slot]
    private let shift: UInt64
    private var words: [UInt8] = []
    private var ids: [Int32] = []

    /// Longer words are rare and rarely come again.
    static let wordLengthMaximum = 64
    private static let arenaMaximum = 1 << 22

    /// A cache for a text of that many bytes.
    init(textBytes: Int) {
        var bits = 6
        while bits < 16, 1 << bits < textBytes / 8 { bits += 1 }
        slots = Array(repeating: Slot(), count: 1 << bits)
        shift = UInt64(64 - bits)
    }

    /// The hash by which `appendTokens` and `insert` know a word.
    static func hash(_ text: [UInt8], _ word: Range<Int>) -> UInt64 {
        var hash = UInt64(word.count)
        for index in word { hash = (hash ^ UInt64(text[index])) &* 0x9E37_79B9_7F4A_7C15 }
        return hash ^ hash >> 32
    }

    /// Appends the word's tokens if it is known, and says whether it was.
    func appendTokens(
        _ text: [UInt8], _ word: Range<Int>, hash: UInt64, to output: inout [Int32]
    ) -> Bool {
        let slot = slots[Self.place(hash, shift)]
        guard slot.hash == hash, Int(slot.wordLength) == word.count else { return false }
        let start = Int(slot.wordStart)
        for offset in 0..<word.count
        where words[start + offset] != text[word.lowerBound + offset] { return false }
        for index in Int(slot.idStart)..<Int(slot.idStart + slot.idCount) {
            output.append(ids[index])
        }
        return true
    }

    /// Remembers that the word's tokens are those of `output` from `first` on.
    mutating func insert(
        _ text: [UInt8], _ word: Range<Int>, hash: UInt64, tokensOf output: [Int32], from first: Int
    ) {
        if words.count + word.count > Self.arenaMaximum {
            words.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
            for index in slots.indices { slots[index] = Slot() }
        }
        slots[Self.place(hash, shift)] = Slot(
            hash: hash, wordStart: Int32(words.count), wordLength: Int32(word.count),
            idStart: Int32(ids.count), idCount: Int32(output.count - first))
        for index in word { words.append(text[index]) }
        for index in first..<output.count { ids.append(output[index]) }
    }

    @inline(__always)
    private static func place(_ hash: UInt64, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &* 0xD6E8_FEB8_6659_FD93) >> shift)
    }
}
