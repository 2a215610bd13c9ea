public import Linalg

/// The element types of tensors in GGUF files; the raw values are the names that llama.cpp prints.
///
/// All types can be listed and copied; those with an ``elementType`` or a ``blockFormat`` can also
/// be converted to Float32.
public enum GGUFTensorType: String, Sendable, Codable, CaseIterable {
    /// IEEE 754 binary32.
    case float32 = "F32"
    /// IEEE 754 binary16.
    case float16 = "F16"
    /// The upper half of a binary32.
    case bfloat16 = "BF16"
    /// Four bits and a scale.
    case q4Type0 = "Q4_0"
    /// Four bits, a scale and a minimum.
    case q4Type1 = "Q4_1"
    /// Five bits and a scale.
    case q5Type0 = "Q5_0"
    /// Five bits, a scale and a minimum.
    case q5Type1 = "Q5_1"
    /// Eight bits and a scale.
    case q8Type0 = "Q8_0"
    /// Two bits in blocks of 256.
    case q2K = "Q2_K"
    /// Three bits in blocks of 256.
    case q3K = "Q3_K"
    /// Four bits in blocks of 256.
    case q4K = "Q4_K"
    /// Five bits in blocks of 256.
    case q5K = "Q5_K"
    /// Six bits in blocks of 256.
    case q6K = "Q6_K"
    /// Four bits with uneven levels.
    case iq4NonLinear = "IQ4_NL"
    /// Four bits with uneven levels in blocks of 256.
    case iq4XS = "IQ4_XS"
    /// Codebook of 2.06 bits.
    case iq2XXS = "IQ2_XXS"
    /// Codebook of 2.31 bits.
    case iq2XS = "IQ2_XS"
    /// Codebook of 2.56 bits.
    case iq2S = "IQ2_S"
    /// Codebook of 3.06 bits.
    case iq3XXS = "IQ3_XXS"
    /// Codebook of 3.44 bits.
    case iq3S = "IQ3_S"
    /// Codebook of 1.56 bits.
    case iq1S = "IQ1_S"
    /// Codebook of 1.75 bits.
    case iq1M = "IQ1_M"
    /// Three levels, five to a byte.
    case tq1Type0 = "TQ1_0"
    /// Three levels, four to a byte.
    case tq2Type0 = "TQ2_0"
    /// Four-bit floats with a power of two as scale.
    case mxfp4 = "MXFP4"
    /// Four-bit floats with eight-bit floats as scales.
    case nvfp4 = "NVFP4"
    /// One bit and a scale.
    case q1Type0 = "Q1_0"
    /// Signed integer of 8 bits.
    case int8 = "I8"
    /// Signed integer of 16 bits.
    case int16 = "I16"
    /// Signed integer of 32 bits.
    case int32 = "I32"
    /// Signed integer of 64 bits.
    case int64 = "I64"
    /// IEEE 754 binary64.
    case float64 = "F64"

    /// The type of that number in a file; nil for removed and unknown ones.
    public init?(id: UInt32) {
        guard let type = Self.byID[id] else { return nil }
        self = type
    }

    private static let byID = Dictionary(uniqueKeysWithValues: allCases.map { ($0.id, $0) })

    /// The number of the type in a file.
    public var id: UInt32 { facts.id }
    /// The elements of one block; 1 for plain numbers.
    public var elementsPerBlock: Int { facts.elements }
    /// The bytes of one block.
    public var bytesPerBlock: Int { facts.bytes }
    /// The plain type that Float32 can be read from; nil for others.
    public var elementType: ElementType? { ElementType(rawValue: rawValue) }
    /// The block format that Float32 can be read from; nil for others.
    public var blockFormat: BlockFormat? { BlockFormat(rawValue: rawValue) }

    /// The bytes of a tensor of that shape (outermost extent first), or nil when its rows are no
    /// whole blocks or the count overflows.
    public func byteCount(ofShape shape: [Int]) -> Int? {
        guard (shape.last ?? 1).isMultiple(of: elementsPerBlock) else { return nil }
        var elements = 1
        for extent in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            elements = product
        }
        let (bytes, overflow) = (elements / elementsPerBlock)
            .multipliedReportingOverflow(by: bytesPerBlock)
        return overflow ? nil : bytes
    }

    private var facts: (id: UInt32, elements: Int, bytes: Int) {
        switch self {
        case .float32: (0, 1, 4)
        case .float16: (1, 1, 2)
        case .q4Type0: (2, 32, 18)
        case .q4Type1: (3, 32, 20)
        case .q5Type0: (6, 32, 22)
        case .q5Type1: (7, 32, 24)
        case .q8Type0: (8, 32, 34)
        case .q2K: (10, 256, 84)
        case .q3K: (11, 256, 110)
        case .q4K: (12, 256, 144)
        case .q5K: (13, 256, 176)
        case .q6K: (14, 256, 210)
        case .iq2XXS: (16, 256, 66)
        case .iq2XS: (17, 256, 74)
        case .iq3XXS: (18, 256, 98)
        case .iq1S: (19, 256, 50)
        case .iq4NonLinear: (20, 32, 18)
        case .iq3S: (21, 256, 110)
        case .iq2S: (22, 256, 82)
        case .iq4XS: (23, 256, 136)
        case .int8: (24, 1, 1)
        case .int16: (25, 1, 2)
        case .int32: (26, 1, 4)
        case .int64: (27, 1, 8)
        case .float64: (28, 1, 8)
        case .iq1M: (29, 256, 56)
        case .bfloat16: (30, 1, 2)
        case .tq1Type0: (34, 256, 54)
        case .tq2Type0: (35, 256, 66)
        case .mxfp4: (39, 32, 17)
        case .nvfp4: (40, 64, 36)
        case .q1Type0: (41, 128, 18)
        }
    }
}
