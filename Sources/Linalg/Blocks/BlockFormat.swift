/// How llama.cpp's files store rows in blocks of small codes that share a scale.
///
/// "Type 0" are those whose values are scale · level, "type 1" those with a minimum beside it, and
/// the K formats give each part of a block of 256 a small scale of its own. The raw values are the
/// names that their users know.
public enum BlockFormat: String, Sendable, Codable, CaseIterable {
    /// 32 codes of four bits and a scale: 4.5 bits a weight.
    case q4Type0 = "Q4_0"
    /// 32 codes of four bits, a scale and a minimum: 5 bits a weight.
    case q4Type1 = "Q4_1"
    /// 32 codes of five bits and a scale: 5.5 bits a weight.
    case q5Type0 = "Q5_0"
    /// 32 codes of five bits, a scale and a minimum: 6 bits a weight.
    case q5Type1 = "Q5_1"
    /// 32 codes of eight bits and a scale: 8.5 bits a weight.
    case q8Type0 = "Q8_0"
    /// 256 codes of two bits, 16 scales and minima of four bits: 2.625 bits a weight.
    case q2K = "Q2_K"
    /// 256 codes of three bits, 16 scales of six bits: 3.4375 bits a weight.
    case q3K = "Q3_K"
    /// 256 codes of four bits, 8 scales and minima of six bits: 4.5 bits a weight.
    case q4K = "Q4_K"
    /// 256 codes of five bits, 8 scales and minima of six bits: 5.5 bits a weight.
    case q5K = "Q5_K"
    /// 256 codes of six bits, 16 scales of eight bits: 6.5625 bits a weight.
    case q6K = "Q6_K"
    /// 32 codes of four bits that choose among uneven levels, and a scale: 4.5 bits a weight.
    case iq4NonLinear = "IQ4_NL"

    /// The elements of one block, 32 or 256; rows are a whole number of blocks.
    public var elementsPerBlock: Int { isSuperblock ? 256 : 32 }

    /// The bytes of one block.
    public var bytesPerBlock: Int {
        switch self {
        case .q4Type0, .iq4NonLinear: 18
        case .q4Type1: 20
        case .q5Type0: 22
        case .q5Type1: 24
        case .q8Type0: 34
        case .q2K: 84
        case .q3K: 110
        case .q4K: 144
        case .q5K: 176
        case .q6K: 210
        }
    }

    /// The bytes of so many elements; nil when they are no whole blocks or too many to count.
    public func byteCount(ofElements count: Int) -> Int? {
        guard count >= 0, count.isMultiple(of: elementsPerBlock) else { return nil }
        let (bytes, overflow) = (count / elementsPerBlock)
            .multipliedReportingOverflow(by: bytesPerBlock)
        return overflow ? nil : bytes
    }

    /// Whether the block has small scales for its parts.
    var isSuperblock: Bool {
        switch self {
        case .q2K, .q3K, .q4K, .q5K, .q6K: true
        default: false
        }
    }
}
