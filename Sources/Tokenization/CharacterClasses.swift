/// The character classes that the `tokenizers` library distinguishes.
struct CharacterClasses: Sendable {
    /// Onigurama's `\p{L}`, `\p{N}` and `\s`; no scalar is in two of them.
    static let letter: UInt8 = 1, number: UInt8 = 2, space: UInt8 = 4
    /// The bits of the three classes above; none of them set means "anything else".
    static let patternBits: UInt8 = 7
    /// Rust's `char::is_numeric`, of another Unicode version than `\p{N}`.
    static let numeric: UInt8 = 8
    /// `\w` and `\s` of Rust's regular expressions, for the flags of added tokens.
    static let word: UInt8 = 16, plainSpace: UInt8 = 32
    /// May be changed by, or take part in, canonical composition with what precedes it.
    static let composing: UInt8 = 64

    /// Of the table `bert`: what its cleaning drops, and what it makes a space.
    static let control: UInt8 = 1, blank: UInt8 = 2
    /// Of the table `bert`: either of the two above.
    static let uncleanBits: UInt8 = 3
    /// Of the table `bert`: marks that go with the accents.
    static let nonspacing: UInt8 = 4
    /// Of the table `bert`: what splits words and goes, and what is a word by itself.
    static let separator: UInt8 = 8, punctuation: UInt8 = 16
    /// Of the table `bert`: characters that get spaces around them.
    static let ideograph: UInt8 = 32

    /// Where in `blocks` the classes of each 128 scalars are.
    private let starts: [Int32]
    private let blocks: [UInt8]

    /// The table of the patterns and of added tokens, unpacked at first use.
    static let shared = CharacterClasses(runs: CharacterClassTable.runs)
    /// The table of BERT's normalizer and pre-tokenizer, unpacked at first use.
    static let bert = CharacterClasses(runs: BertClassTable.runs)

    private init(runs: String) {
        var all: [UInt8] = []
        all.reserveCapacity(0x110000)
        let numbers = PackedTable.numbers(runs)
        for index in stride(from: 0, to: numbers.count - 1, by: 2) {
            all.append(
                contentsOf: repeatElement(UInt8(numbers[index + 1]), count: Int(numbers[index])))
        }
        precondition(all.count == 0x110000, "The generated class table is damaged.")
        var known: [ArraySlice<UInt8>: Int32] = [:]
        var starts: [Int32] = []
        var blocks: [UInt8] = []
        for start in stride(from: 0, to: all.count, by: 128) {
            let block = all[start..<(start + 128)]
            let place = known[block] ?? Int32(blocks.count)
            if place == blocks.count {
                blocks.append(contentsOf: block)
                known[block] = place
            }
            starts.append(place)
        }
        self.starts = starts
        self.blocks = blocks
    }

    /// The class bits of a scalar.
    @inline(__always)
    func bits(_ scalar: UInt32) -> UInt8 {
        // The first block is that of ASCII and lies at 0.
        scalar < 0x80
            ? blocks[Int(scalar)]
            : blocks[Int(starts[Int(scalar >> 7)]) + Int(scalar & 127)]
    }
}
