/// Some of the 256 bytes, in 32 of them: patterns from outside may have a million.
struct ByteSet: Equatable, Sendable, ExpressibleByArrayLiteral {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// All bytes.
    static let all = ByteSet(0...255)

    /// Starts with these.
    init(arrayLiteral bytes: UInt8...) {
        for byte in bytes { insert(byte) }
    }

    /// Starts with all bytes from the first to the last.
    init(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    /// How many there are.
    var count: Int {
        words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount
            + words.3.nonzeroBitCount
    }

    /// The smallest; nil when there is none.
    var first: UInt8? { (UInt8.min...UInt8.max).first(where: contains) }

    func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << (byte & 63)
        return switch byte >> 6 {
        case 0: words.0 & bit != 0
        case 1: words.1 & bit != 0
        case 2: words.2 & bit != 0
        default: words.3 & bit != 0
        }
    }

    private mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << (byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        words.0 |= other.words.0
        words.1 |= other.words.1
        words.2 |= other.words.2
        words.3 |= other.words.3
    }

    func union(_ other: ByteSet) -> ByteSet {
        var all = self
        all.formUnion(other)
        return all
    }

    func subtracting(_ other: ByteSet) -> ByteSet {
        var rest = self
        rest.words.0 &= ~other.words.0
        rest.words.1 &= ~other.words.1
        rest.words.2 &= ~other.words.2
        rest.words.3 &= ~other.words.3
        return rest
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }
}
