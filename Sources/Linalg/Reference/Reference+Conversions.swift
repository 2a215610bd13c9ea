extension Reference {
    /// The value of a 16-bit pattern, from its sign, exponent and mantissa.
    public static func decode(_ pattern: UInt16, as type: ElementType) -> Float {
        precondition(type.byteCount == 2)
        let mantissaBits = type == .float16 ? 10 : 7
        let exponentMax = type == .float16 ? 31 : 255
        let exponent = Int(pattern & 0x7FFF) >> mantissaBits
        let mantissa = Int(pattern) & ((1 << mantissaBits) - 1)
        let sign: Double = pattern >> 15 == 0 ? 1 : -1
        if exponent == exponentMax { return mantissa == 0 ? Float(sign * .infinity) : .nan }
        let whole = exponent == 0 ? mantissa : mantissa + (1 << mantissaBits)
        let power = max(exponent, 1) - exponentMax / 2 - mantissaBits
        return Float(sign * Double(sign: .plus, exponent: power, significand: Double(whole)))
    }

    /// The 16-bit pattern nearest to a value, ties to the even pattern, found by bisection.
    public static func encode(_ value: Float, as type: ElementType) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        let infinity: UInt16 = type == .float16 ? 0x7C00 : 0x7F80
        guard !value.isNaN else { return sign | infinity | (type == .float16 ? 0x200 : 0x40) }
        let magnitude = Double(value.magnitude)
        guard magnitude.isFinite else { return sign | infinity }
        // decode(low) <= magnitude always, and magnitude < decode(high) unless high is infinity.
        var (low, high): (UInt16, UInt16) = (0, infinity)
        while high - low > 1 {
            let middle = (low + high) / 2
            if Double(decode(middle, as: type)) <= magnitude { low = middle } else { high = middle }
        }
        let lower = Double(decode(low, as: type))
        // Infinity stands where the next finite value would be.
        let step = Double(decode(low, as: type).ulpOf(type))
        let isAbove = magnitude - lower > step / 2
        let isTie = magnitude - lower == step / 2
        return sign | (isAbove || (isTie && low % 2 == 1) ? high : low)
    }
}

extension Float {
    /// Distance to the next greater value of a 16-bit type, for a value of that type, 0 or more.
    fileprivate func ulpOf(_ type: ElementType) -> Double {
        let (least, bits) = type == .float16 ? (-14, 10) : (-126, 7)
        let power = self == 0 ? least : max(Int(exponent), least)
        return Double(sign: .plus, exponent: power - bits, significand: 1)
    }
}
