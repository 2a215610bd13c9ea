// Q4_K: d | m | 12 bytes of scales | 128 of nibbles. Q5_K has 32 bytes of fifth bits before the
// nibbles. Parts 2p and 2p + 1, of 32 elements each, share the nibbles 32p…32p + 31: the first has
// the low ones. Bit j of fifth-bit byte l belongs to element l of part j.
//
// The 8 small scales s and minima t have six bits each: byte j < 4 holds s[j], byte j + 4 t[j], and
// byte j + 8 the low four bits of s[j + 4] and t[j + 4]; the high two bits of those are on top of
// bytes j and j + 4.
extension BlockFormat {
    private var nibbleOffset: Int { bytesPerBlock - 128 }

    func readQ4KOrQ5K(_ bytes: Span<UInt8>, at start: Int, into block: inout Block) {
        block.scale = bytes.half(at: start)
        block.minimum = bytes.half(at: start + 2)
        for j in 0..<4 {
            let (a, b, both) = (bytes[start + 4 + j], bytes[start + 8 + j], bytes[start + 12 + j])
            block.subScales[j] = Int8(a & 63)
            block.subMinima[j] = b & 63
            block.subScales[j + 4] = Int8(both & 15 | (a >> 6) << 4)
            block.subMinima[j + 4] = both >> 4 | (b >> 6) << 4
        }
        let nibbles = start + nibbleOffset
        var codes = block.codes.mutableSpan
        for part in 0..<8 {
            for l in 0..<32 {
                let pair = bytes[nibbles + 16 * (part & ~1) + l]
                let low = part & 1 == 0 ? pair & 15 : pair >> 4
                let fifth = self == .q5K ? bytes[start + 16 + l] >> UInt8(part) & 1 : 0
                codes[32 * part + l] = low | fifth << 4
            }
        }
    }

    func writeQ4KOrQ5K(
        _ block: borrowing Block, into bytes: inout MutableSpan<UInt8>, at start: Int
    ) {
        bytes.store(block.scale, at: start)
        bytes.store(block.minimum, at: start + 2)
        for j in 0..<4 {
            let (s, t) = (UInt8(block.subScales[j]), block.subMinima[j])
            let (u, v) = (UInt8(block.subScales[j + 4]), block.subMinima[j + 4])
            bytes[start + 4 + j] = s | (u >> 4) << 6
            bytes[start + 8 + j] = t | (v >> 4) << 6
            bytes[start + 12 + j] = u & 15 | v << 4
        }
        let nibbles = start + nibbleOffset
        let codes = block.codes.span
        for part in 0..<8 {
            for l in 0..<32 {
                let code = codes[32 * part + l]
                bytes[nibbles + 16 * (part & ~1) + l] |= (code & 15) << UInt8(4 * (part & 1))
                if self == .q5K { bytes[start + 16 + l] |= (code >> 4) << UInt8(part) }
            }
        }
    }
}
