/// Reading and writing scalars in UTF-8 bytes.
enum UTF8Text {
    /// The offset of the first byte that does not begin or continue a valid scalar, if any.
    ///
    /// Overlong forms, surrogates and scalars above U+10FFFF are invalid; of a sequence cut short
    /// the offset is that of its first byte.
    static func firstInvalidOffset(in bytes: [UInt8]) -> Int? {
        var index = 0
        let count = bytes.count
        while index < count {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            guard lead >= 0xC2, lead <= 0xF4, length <= count - index else { return index }
            // Only the second byte has bounds that depend on the first (Unicode, table 3-7).
            let low: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
            let high: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
            guard bytes[index + 1] >= low, bytes[index + 1] <= high else { return index }
            for offset in 2..<max(2, length) where bytes[index + offset] & 0xC0 != 0x80 {
                return index
            }
            index += length
        }
        return nil
    }

    /// The number of bytes of the scalar that begins with this byte of valid UTF-8.
    @inline(__always)
    static func length(lead: UInt8) -> Int {
        lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }

    /// The scalar that begins at the index of valid UTF-8.
    @inline(__always)
    static func scalar(in bytes: [UInt8], at index: Int) -> UInt32 {
        let lead = UInt32(bytes[index])
        if lead < 0x80 { return lead }
        let second = UInt32(bytes[index + 1]) & 0x3F
        if lead < 0xE0 { return (lead & 0x1F) << 6 | second }
        let third = UInt32(bytes[index + 2]) & 0x3F
        if lead < 0xF0 { return (lead & 0x0F) << 12 | second << 6 | third }
        return (lead & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[index + 3]) & 0x3F
    }

    /// The index at which the scalar that ends before `end` begins.
    static func start(ofScalarBefore end: Int, in bytes: [UInt8]) -> Int {
        var index = end - 1
        while bytes[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }

    /// Appends the scalar's bytes.
    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        switch scalar {
        case 0..<0x80:
            bytes.append(UInt8(scalar))
        case 0x80..<0x800:
            bytes.append(UInt8(0xC0 | scalar >> 6))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            bytes.append(UInt8(0xE0 | scalar >> 12))
            bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
        default:
            bytes.append(UInt8(0xF0 | scalar >> 18))
            bytes.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}
