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
}
