/// The kinds of metadata values; the raw values are their numbers in a file.
public enum GGUFValueType: UInt32, Sendable, CaseIterable {
    /// Unsigned integer of 8 bits.
    case uint8 = 0
    /// Signed integer of 8 bits.
    case int8 = 1
    /// Unsigned integer of 16 bits.
    case uint16 = 2
    /// Signed integer of 16 bits.
    case int16 = 3
    /// Unsigned integer of 32 bits.
    case uint32 = 4
    /// Signed integer of 32 bits.
    case int32 = 5
    /// IEEE 754 binary32.
    case float32 = 6
    /// A byte of 0 or 1.
    case boolean = 7
    /// A length of 64 bits and so many bytes of UTF-8.
    case string = 8
    /// A kind, a count of 64 bits and so many values of that kind.
    case array = 9
    /// Unsigned integer of 64 bits.
    case uint64 = 10
    /// Signed integer of 64 bits.
    case int64 = 11
    /// IEEE 754 binary64.
    case float64 = 12

    /// The fewest bytes that a value of this kind takes in a file.
    var bytesMin: Int {
        switch self {
        case .uint8, .int8, .boolean: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .string, .uint64, .int64, .float64: 8
        case .array: 12
        }
    }
}

/// A metadata value of a GGUF file.
public enum GGUFValue: Sendable, Hashable {
    /// Unsigned integer of 8 bits.
    case uint8(UInt8)
    /// Signed integer of 8 bits.
    case int8(Int8)
    /// Unsigned integer of 16 bits.
    case uint16(UInt16)
    /// Signed integer of 16 bits.
    case int16(Int16)
    /// Unsigned integer of 32 bits: sizes, counts and ids.
    case uint32(UInt32)
    /// Signed integer of 32 bits.
    case int32(Int32)
    /// IEEE 754 binary32.
    case float32(Float)
    /// True or false.
    case boolean(Bool)
    /// A text.
    case string(String)
    /// Values of one kind.
    case array(of: GGUFValueType, [GGUFValue])
    /// Unsigned integer of 64 bits.
    case uint64(UInt64)
    /// Signed integer of 64 bits.
    case int64(Int64)
    /// IEEE 754 binary64.
    case float64(Double)

    /// The kind of this value.
    public var type: GGUFValueType {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .uint32: .uint32
        case .int32: .int32
        case .float32: .float32
        case .boolean: .boolean
        case .string: .string
        case .array: .array
        case .uint64: .uint64
        case .int64: .int64
        case .float64: .float64
        }
    }

    /// A list of texts.
    public static func texts(_ texts: [String]) -> GGUFValue {
        .array(of: .string, texts.map(GGUFValue.string))
    }

    /// The value of any kind of integer that fits in 64 signed bits; nil for others.
    public var integer: Int? {
        switch self {
        case .uint8(let value): Int(value)
        case .int8(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint32(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint64(let value): Int(exactly: value)
        case .int64(let value): Int(value)
        default: nil
        }
    }

    /// The value of either kind of floating-point number; nil for others.
    public var number: Double? {
        switch self {
        case .float32(let value): Double(value)
        case .float64(let value): value
        default: nil
        }
    }

    /// The truth value; nil for others.
    public var flag: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    /// The text; nil for others.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements of a list; nil for others.
    public var elements: [GGUFValue]? {
        guard case .array(_, let elements) = self else { return nil }
        return elements
    }
}
