/// A hash table from pairs of 32-bit numbers to a number, of a size fixed when it is made.
///
/// Open addressing with linear probing at a load of at most one half: a look-up is one
/// multiplication and about one cache miss, which is what the merging of a word costs.
struct PairTable: Sendable {
    /// What a missing pair maps to.
    static let absent = UInt64.max

    private var keys: [UInt64]
    private var values: [UInt64]
    private let mask: Int
    private let shift: UInt64
    /// Odd and drawn for each table: a file whose pairs all have one slot under a multiplier that
    /// it knows would make each look-up pass all others.
    private let multiplier = UInt64.random(in: .min ... .max) | 1
    private var free: Int

    /// A table for at most `capacity` different pairs.
    init(capacity: Int) {
        var bits = 3
        while 1 << bits < capacity * 2 { bits += 1 }
        keys = Array(repeating: Self.absent, count: 1 << bits)
        values = Array(repeating: Self.absent, count: 1 << bits)
        mask = (1 << bits) - 1
        shift = UInt64(64 - bits)
        free = capacity
    }

    /// The value of the pair (first, second), or `absent`.
    @inline(__always)
    func value(_ first: Int32, _ second: Int32) -> UInt64 {
        let key = Self.key(first, second)
        var index = slot(key)
        while true {
            let found = keys[index]
            if found == key { return values[index] }
            if found == Self.absent { return Self.absent }
            index = (index + 1) & mask
        }
    }

    /// Sets the value of the pair; both numbers must not be negative.
    mutating func set(_ first: Int32, _ second: Int32, to value: UInt64) {
        let key = Self.key(first, second)
        var index = slot(key)
        while keys[index] != Self.absent, keys[index] != key { index = (index + 1) & mask }
        if keys[index] == Self.absent {
            precondition(free > 0, "A PairTable holds no more pairs than its capacity.")
            free -= 1
        }
        keys[index] = key
        values[index] = value
    }

    @inline(__always)
    private static func key(_ first: Int32, _ second: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
    }

    /// Multiplicative hashing, the high bits.
    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: ((key ^ key >> 29) &* multiplier) >> shift)
    }
}
