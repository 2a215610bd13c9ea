/// A small seeded generator with a fixed sequence, for golden data, tests and reproducible draws.
///
/// The sequence never changes: seed 42 begins 0xbdd732262feb6e95, 0x28efe333b266f103. Not for
/// secrets.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
    private var state: UInt64

    /// Starts the sequence of a seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The next value, uniform in -1..<1: the upper 53 bits of ``next()``, mapped linearly.
    public mutating func nextValue() -> Double {
        2 * (Double(next() >> 11) * 0x1p-53) - 1
    }

    /// The next `rows` · `columns` values as a matrix, row by row, rounded to Float32.
    public mutating func nextMatrix(rows: Int, columns: Int) -> Matrix {
        var matrix = Matrix(rows: rows, columns: columns)
        var elements = matrix.mutableElements
        for i in elements.indices { elements[i] = Float(nextValue()) }
        return matrix
    }
}
