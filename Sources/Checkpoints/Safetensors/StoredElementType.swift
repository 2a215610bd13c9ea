/// The element types of a safetensors file, in the order of the reference writer's buffer.
///
/// The cases are declared largest item first; the order among equals is the reference's own.
public enum StoredElementType: String, Sendable, Codable, CaseIterable {
    /// Unsigned integer of 64 bits.
    case uint64 = "U64"
    /// Signed integer of 64 bits.
    case int64 = "I64"
    /// IEEE 754 binary64.
    case float64 = "F64"
    /// Two binary32 numbers.
    case complex64 = "C64"
    /// IEEE 754 binary32.
    case float32 = "F32"
    /// Unsigned integer of 32 bits.
    case uint32 = "U32"
    /// Signed integer of 32 bits.
    case int32 = "I32"
    /// The upper half of a binary32.
    case bfloat16 = "BF16"
    /// IEEE 754 binary16.
    case float16 = "F16"
    /// Unsigned integer of 16 bits.
    case uint16 = "U16"
    /// Signed integer of 16 bits.
    case int16 = "I16"
    /// Eight bits, five of exponent, one zero and no infinity.
    case float8E5M2FiniteOneZero = "F8_E5M2FNUZ"
    /// Eight bits, four of exponent, one zero and no infinity.
    case float8E4M3FiniteOneZero = "F8_E4M3FNUZ"
    /// A power of two in eight bits.
    case float8E8M0 = "F8_E8M0"
    /// Eight bits, four of exponent, no infinity.
    case float8E4M3 = "F8_E4M3"
    /// Eight bits, five of exponent.
    case float8E5M2 = "F8_E5M2"
    /// Signed integer of 8 bits.
    case int8 = "I8"
    /// Unsigned integer of 8 bits.
    case uint8 = "U8"
    /// Six bits, three of exponent, packed.
    case float6E3M2 = "F6_E3M2"
    /// Six bits, two of exponent, packed.
    case float6E2M3 = "F6_E2M3"
    /// Four bits, packed.
    case float4 = "F4"
    /// A byte of 0 or 1.
    case boolean = "BOOL"

    /// The bits of one element; the types of four and six bits are packed.
    public var bitCount: Int {
        switch self {
        case .uint64, .int64, .float64, .complex64: 64
        case .float32, .uint32, .int32: 32
        case .bfloat16, .float16, .uint16, .int16: 16
        case .float6E3M2, .float6E2M3: 6
        case .float4: 4
        default: 8
        }
    }

    /// The place in the reference writer's order: smaller numbers are written first.
    var rank: Int { Self.ranks[self] ?? Self.allCases.count }

    private static let ranks = Dictionary(
        uniqueKeysWithValues: zip(allCases, 0..<allCases.count)
    )

    /// The bytes of a tensor of that shape, or nil on overflow or a total that is no whole byte.
    public func byteCount(ofShape shape: [Int]) -> Int? {
        var elements = 1
        for extent in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            elements = product
        }
        let (bits, overflow) = elements.multipliedReportingOverflow(by: bitCount)
        guard !overflow, bits.isMultiple(of: 8) else { return nil }
        return bits / 8
    }
}
