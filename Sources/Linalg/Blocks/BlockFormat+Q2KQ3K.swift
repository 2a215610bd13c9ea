// Both keep two bits of every code in 64 bytes: element e = 128h + 32j + l has bits 2j and 2j + 1
// of byte 32h + l. Parts are 16 elements.
//
// Q2_K: 16 bytes of scales, low nibble the small scale, high nibble the small minimum | 64 | d | m.
// Q3_K: 32 bytes of third bits, bit 4h + j of byte l | 64 | 12 bytes of scales | d. Scales have six
// bits and 32 added: nibble i of the first eight bytes (low nibbles first) has the low four bits of
// s[i], and bits 2(i/4) of byte 8 + i % 4 the high two.
extension BlockFormat {
    private func readPairs(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        var codes = block.codes.mutableSpan
        for e in 0..<256 {
            codes[e] = bytes[start + e / 128 * 32 + e % 32] >> UInt8(e % 128 / 32 * 2) & 3
        }
    }

    private func writePairs(
        _ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int
    ) {
        let codes = block.codes.span
        for e in 0..<256 {
            let pair = (codes[e] & 3) << UInt8(e % 128 / 32 * 2)
            bytes[start + e / 128 * 32 + e % 32] |= pair
        }
    }

    func readQ2K(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        for part in 0..<16 {
            block.subScales[part] = Int8(bytes[start + part] & 15)
            block.subMinima[part] = bytes[start + part] >> 4
        }
        readPairs(bytes, at: start + 16, into: &block)
        block.scale = bytes.half(at: start + 80)
        block.minimum = bytes.half(at: start + 82)
    }

    func writeQ2K(_ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int) {
        for part in 0..<16 {
            bytes[start + part] = UInt8(block.subScales[part]) | block.subMinima[part] << 4
        }
        writePairs(block, into: &bytes, at: start + 16)
        bytes.store(block.scale, at: start + 80)
        bytes.store(block.minimum, at: start + 82)
    }

    func readQ3K(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        readPairs(bytes, at: start + 32, into: &block)
        var codes = block.codes.mutableSpan
        for e in 0..<256 {
            codes[e] |= (bytes[start + e % 32] >> UInt8(e / 32) & 1) << 2
        }
        let scales = start + 96
        for i in 0..<16 {
            let low = bytes[scales + i % 8] >> (i < 8 ? 0 : 4) & 15
            let high = bytes[scales + 8 + i % 4] >> UInt8(i / 4 * 2) & 3
            block.subScales[i] = Int8(low | high << 4) - 32
        }
        block.scale = bytes.half(at: start + 108)
    }

    func writeQ3K(_ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int) {
        writePairs(block, into: &bytes, at: start + 32)
        let codes = block.codes.span
        for e in 0..<256 { bytes[start + e % 32] |= (codes[e] >> 2) << UInt8(e / 32) }
        let scales = start + 96
        for i in 0..<16 {
            let six = UInt8(block.subScales[i] + 32)
            bytes[scales + i % 8] |= (six & 15) << (i < 8 ? 0 : 4)
            bytes[scales + 8 + i % 4] |= (six >> 4) << UInt8(i / 4 * 2)
        }
        bytes.store(block.scale, at: start + 108)
    }
}
