// The blocks of 32. With four or five bits: d | m, type 1 only | fifth bits, 4 bytes | nibbles,
// 16 bytes. Byte j holds the low bits of elements j and j + 16; bit e of the fifth bits belongs to
// element e. With eight bits: d | 32 signed bytes.
extension BlockFormat {
    private var hasFifthBits: Bool { self == .q5Type0 || self == .q5Type1 }
    private var nibbleOffset: Int { bytesPerBlock - 16 }

    func readNibbles(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        block.scale = bytes.half(at: start)
        if self == .q4Type1 || self == .q5Type1 { block.minimum = bytes.half(at: start + 2) }
        let nibbles = start + nibbleOffset
        var fifthBits: UInt32 = 0
        if hasFifthBits {
            for i in 1...4 { fifthBits = fifthBits << 8 | UInt32(bytes[nibbles - i]) }
        }
        var codes = block.codes.mutableSpan
        for j in 0..<16 {
            let pair = bytes[nibbles + j]
            let low = UInt8(truncatingIfNeeded: fifthBits >> UInt32(j)) & 1
            let high = UInt8(truncatingIfNeeded: fifthBits >> UInt32(j + 16)) & 1
            codes[j] = pair & 15 | low << 4
            codes[j + 16] = pair >> 4 | high << 4
        }
    }

    func writeNibbles(
        _ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int
    ) {
        bytes.store(block.scale, at: start)
        if self == .q4Type1 || self == .q5Type1 { bytes.store(block.minimum, at: start + 2) }
        let nibbles = start + nibbleOffset
        let codes = block.codes.span
        for j in 0..<16 {
            bytes[nibbles + j] = codes[j] & 15 | codes[j + 16] << 4
        }
        guard hasFifthBits else { return }
        for e in 0..<32 { bytes[nibbles - 4 + e / 8] |= (codes[e] >> 4) << UInt8(e % 8) }
    }

    func readBytes(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        block.scale = bytes.half(at: start)
        // Flipping the sign bit adds 128, so that codes count from 0.
        var codes = block.codes.mutableSpan
        for e in 0..<32 { codes[e] = bytes[start + 2 + e] ^ 0x80 }
    }

    func writeBytes(
        _ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int
    ) {
        bytes.store(block.scale, at: start)
        let codes = block.codes.span
        for e in 0..<32 { bytes[start + 2 + e] = codes[e] ^ 0x80 }
    }
}
