/// Small letters of all scripts, scalar by scalar, as the `tokenizers` library maps them.
struct LowercaseLetters: Sendable {
    /// (capital, 0) to the small letter in the low bits, and what follows it or 0 in the high ones.
    private let letters: PairTable

    /// The one table, unpacked at first use.
    static let shared = LowercaseLetters()

    private init() {
        let numbers = PackedTable.numbers(LowercaseTable.letters)
        var letters = PairTable(capacity: numbers.count / 3)
        var capital: UInt32 = 0
        for index in stride(from: 0, to: numbers.count - 2, by: 3) {
            capital += numbers[index]
            let (small, next) = (numbers[index + 1], numbers[index + 2])
            letters.set(Int32(capital), 0, to: UInt64(next) << 32 | UInt64(small))
        }
        self.letters = letters
    }

    /// Appends the small form of a scalar, which is itself if there is none.
    func append(_ scalar: UInt32, to output: inout [UInt8]) {
        let small = letters.value(Int32(scalar), 0)
        guard small != PairTable.absent else { return UTF8Text.append(scalar, to: &output) }
        UTF8Text.append(UInt32(truncatingIfNeeded: small), to: &output)
        let next = UInt32(small >> 32)
        if next != 0 { UTF8Text.append(next, to: &output) }
    }
}
