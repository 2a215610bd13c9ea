/// Remembers which counters of a session were used, so that none is used twice.
///
/// Requests of several threads may overtake each other by up to 4,096 places; what is further
/// behind is refused, because nobody knows any more.
public struct ReplayWindow: Sendable {
    /// How far a counter may lie behind the highest one.
    public static let size = 4_096

    private var highest: UInt64 = 0
    /// A ring of bits: counter modulo ``size``.
    private var used = [UInt64](repeating: 0, count: size / 64)

    /// A window in which no counter was used; counters begin with 1.
    public init() {}

    /// Marks `counter` as used; false when it was used before, is zero or too old.
    ///
    /// Ask only after the frame was found authentic.
    public mutating func accept(_ counter: UInt64) -> Bool {
        guard counter > 0 else { return false }
        if counter > highest {
            forget(upTo: counter)
            highest = counter
        } else {
            guard highest - counter < UInt64(Self.size), !isUsed(counter) else { return false }
        }
        used[word(counter)] |= 1 << (counter % 64)
        return true
    }

    private func isUsed(_ counter: UInt64) -> Bool {
        used[word(counter)] & (1 << (counter % 64)) != 0
    }

    private func word(_ counter: UInt64) -> Int { Int(counter % UInt64(Self.size)) / 64 }

    /// Clears the places of the counters after the highest one.
    private mutating func forget(upTo counter: UInt64) {
        let steps = counter - highest
        guard steps < UInt64(Self.size) else {
            used = [UInt64](repeating: 0, count: Self.size / 64)
            return
        }
        for step in 1...steps {
            let passed = highest + step
            used[word(passed)] &= ~(1 << (passed % 64))
        }
    }
}
