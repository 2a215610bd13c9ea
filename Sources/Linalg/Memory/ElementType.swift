/// How the elements of a tensor are stored in a file or a message; always little-endian.
///
/// The raw values are the names that safetensors headers use.
public enum ElementType: String, Sendable, Codable, CaseIterable {
    /// IEEE 754 binary32.
    case float32 = "F32"
    /// The upper half of a binary32: 8 bits of exponent, 7 of mantissa.
    case bfloat16 = "BF16"
    /// IEEE 754 binary16.
    case float16 = "F16"

    /// Bytes of one element: 4 or 2.
    public var byteCount: Int {
        switch self {
        case .float32: 4
        case .bfloat16, .float16: 2
        }
    }

    /// The nearest number that an element can hold, half to even; as ``encode(_:as:into:)``
    /// stores it.
    public func rounded(_ number: Float) -> Float {
        switch self {
        case .float32: return number
        case .float16: return Float(Float16(number))
        case .bfloat16:
            let bits = number.bitPattern
            // NaN must stay NaN, and has nothing to round.
            guard number.isFinite else { return number }
            let half = 0x7FFF + ((bits >> 16) & 1)
            return Float(bitPattern: (bits &+ half) & 0xFFFF_0000)
        }
    }
}
