extension Reference {
    /// The words of one stream of codes, bit by bit.
    public static func packedStream(
        _ codes: [UInt8], bits: Int, layout: BitPacking.Layout
    ) -> [UInt32] {
        var words: [UInt32] = []
        for (index, code) in codes.enumerated() {
            for bit in 0..<bits {
                let place: Int
                switch layout {
                case .dense: place = index * bits + bit
                case .wholeCodes:
                    let codesPerWord = 32 / bits
                    place = index / codesPerWord * 32 + index % codesPerWord * bits + bit
                }
                while words.count <= place / 32 { words.append(0) }
                if code >> bit & 1 == 1 { words[place / 32] |= 1 << UInt32(place % 32) }
            }
        }
        return words
    }

    /// round(scale · (code − zero)) to a type, through Float64 and the naive conversions.
    public static func gridValue(
        code: UInt8, zero: UInt8, scale: Float, as type: ElementType
    ) -> Float {
        let exact = Double(Int(code) - Int(zero)) * Double(scale)
        guard type != .float32 else { return Float(exact) }
        return decode(encode(Float(exact), as: type), as: type)
    }
}
