/// One block taken apart, with room for the largest format; codes are in the order of elements.
///
/// Loops over the codes go through a span: the array itself would be copied at each write, which
/// took four times as long.
struct Block {
    /// The block's scale d.
    var scale: Float16 = 0
    /// The block's minimum m, or the scale of the small minima.
    var minimum: Float16 = 0
    /// The small scale of each part.
    var subScales = InlineArray<16, Int8>(repeating: 1)
    /// The small minimum of each part.
    var subMinima = InlineArray<16, UInt8>(repeating: 1)
    /// The code of each element, at most the grid's greatest.
    var codes = InlineArray<256, UInt8>(repeating: 0)
}

extension BlockFormat {
    /// Takes apart the block that begins at `start`.
    func read(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        switch self {
        case .q4Type0, .q4Type1, .q5Type0, .q5Type1, .iq4NonLinear:
            readNibbles(bytes, at: start, into: &block)
        case .q8Type0: readBytes(bytes, at: start, into: &block)
        case .q2K: readQ2K(bytes, at: start, into: &block)
        case .q3K: readQ3K(bytes, at: start, into: &block)
        case .q4K, .q5K: readQ4KOrQ5K(bytes, at: start, into: &block)
        case .q6K: readQ6K(bytes, at: start, into: &block)
        }
    }

    /// Writes a block from `start` on, over every bit of it.
    func write(_ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int) {
        for index in start..<start + bytesPerBlock { bytes[index] = 0 }
        switch self {
        case .q4Type0, .q4Type1, .q5Type0, .q5Type1, .iq4NonLinear:
            writeNibbles(block, into: &bytes, at: start)
        case .q8Type0: writeBytes(block, into: &bytes, at: start)
        case .q2K: writeQ2K(block, into: &bytes, at: start)
        case .q3K: writeQ3K(block, into: &bytes, at: start)
        case .q4K, .q5K: writeQ4KOrQ5K(block, into: &bytes, at: start)
        case .q6K: writeQ6K(block, into: &bytes, at: start)
        }
    }
}

extension Span<UInt8> {
    /// The little-endian half at an offset.
    func half(at offset: Int) -> Float16 {
        Float16(bitPattern: UInt16(self[offset]) | UInt16(self[offset + 1]) << 8)
    }
}

extension MutableSpan<UInt8> {
    /// Writes a little-endian half.
    @_lifetime(self: copy self)
    mutating func store(_ half: Float16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: half.bitPattern)
        self[offset + 1] = UInt8(truncatingIfNeeded: half.bitPattern >> 8)
    }
}
