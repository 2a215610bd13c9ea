// 128 bytes of low nibbles | 64 of high pairs | 16 signed bytes of scales | d. Element e = 128h +
// 32k + l has the nibble k / 2 of byte 64h + 32(k % 2) + l, and bits 2k and 2k + 1 of byte 32h + l
// of the pairs. Parts are 16 elements.
extension BlockFormat {
    func readQ6K(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        var codes = block.codes.mutableSpan
        for e in 0..<256 {
            let (h, k, l) = (e / 128, e % 128 / 32, e % 32)
            let low = bytes[start + 64 * h + 32 * (k % 2) + l] >> (k < 2 ? 0 : 4) & 15
            let high = bytes[start + 128 + 32 * h + l] >> UInt8(2 * k) & 3
            codes[e] = low | high << 4
        }
        for part in 0..<16 {
            block.subScales[part] = Int8(bitPattern: bytes[start + 192 + part])
        }
        block.scale = bytes.half(at: start + 208)
    }

    func writeQ6K(_ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int) {
        let codes = block.codes.span
        for e in 0..<256 {
            let (h, k, l) = (e / 128, e % 128 / 32, e % 32)
            let code = codes[e]
            bytes[start + 64 * h + 32 * (k % 2) + l] |= (code & 15) << (k < 2 ? 0 : 4)
            bytes[start + 128 + 32 * h + l] |= (code >> 4) << UInt8(2 * k)
        }
        for part in 0..<16 {
            bytes[start + 192 + part] = UInt8(bitPattern: block.subScales[part])
        }
        bytes.store(block.scale, at: start + 208)
    }
}
