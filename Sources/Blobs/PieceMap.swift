import Domain

/// Which pieces of one chunk have arrived; a chunk has at most 64 of them.
struct PieceMap: Hashable, Sendable {
    private var done: UInt64 = 0
    private var underWay: UInt64 = 0
    private let all: UInt64

    /// A chunk of which nothing has come; it has `byteCount` bytes, at least one.
    init(chunkBytes byteCount: Int) {
        let count = (byteCount + Limits.pieceBytes - 1) / Limits.pieceBytes
        all = count >= 64 ? UInt64.max : (1 << UInt64(count)) - 1
    }

    /// Whether every piece has been written.
    var isWhole: Bool { done == all }
    /// Whether nothing has come and nothing is coming.
    var isUntouched: Bool { done | underWay == 0 }
    /// Bytes that have been written, each piece counted in full.
    var pieceBytes: Int { done.nonzeroBitCount * Limits.pieceBytes }

    /// Gives the piece to the caller to write; false when it is there or another writes it.
    mutating func claim(_ piece: Int) -> Bool {
        let bit = UInt64(1) << UInt64(piece)
        guard (done | underWay) & bit == 0 else { return false }
        underWay |= bit
        return true
    }

    /// Ends what ``claim(_:)`` began.
    mutating func settle(_ piece: Int, written: Bool) {
        let bit = UInt64(1) << UInt64(piece)
        underWay &= ~bit
        if written { done |= bit }
    }
}
