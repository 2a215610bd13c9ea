/// The values that a block of a format can hold, for a quantiser that solves on exactly this grid.
///
/// With the block's scale d and minimum m (halves), the small scale s and minimum t of a part, and
/// a code c in `0...codeMax`, an element's value in Float32 is
///
///     step · level(c) + offset
///
/// | format | step | level(c) | offset |
/// |---|---|---|---|
/// | Q4_0, Q5_0, Q8_0 | d | c − zeroCode | none |
/// | Q4_1, Q5_1 | d | c | m |
/// | Q3_K, Q6_K | d · s | c − zeroCode | none |
/// | Q2_K, Q4_K, Q5_K | d · s | c | −(m · t) |
/// | IQ4_NL | d | a table of uneven levels | none |
///
/// A solver that rounds scale and minimum to halves *before* it solves, and gives its codes to
/// ``BlockRow``, is stored without any further rounding.
public struct BlockGrid: Sendable, Hashable {
    /// The elements that share a scale, and a minimum if there is one: 32 or 16.
    public let elementsPerScale: Int
    /// The greatest code; the least is 0.
    public let codeMax: UInt8
    /// The code whose level is zero; 0 where a minimum takes its place.
    public let zeroCode: UInt8
    /// Whether there is an offset.
    public let hasMinimum: Bool
    /// The small scales that a part may have; nil when the block's scale stands alone.
    public let subScales: ClosedRange<Int8>?
    /// The greatest small minimum of a part, the least is 0; nil when there are none.
    public let subMinimumMax: UInt8?
    /// The levels by code when they are uneven; nil for c − zeroCode.
    public let unevenLevels: [Int8]?

    /// What a code means before it is scaled; the code is at most ``codeMax``.
    public func level(_ code: UInt8) -> Float {
        precondition(code <= codeMax)
        if let unevenLevels { return Float(unevenLevels[Int(code)]) }
        return Float(Int(code) - Int(zeroCode))
    }

    /// The distance of neighbouring levels: d or d · s.
    public func step(scale: Float16, subScale: Int8 = 1) -> Float {
        subScales == nil ? Float(scale) : Float(scale) * Float(subScale)
    }

    /// What is added to every value: m or −(m · t); zero without a minimum.
    public func offset(minimum: Float16, subMinimum: UInt8 = 1) -> Float {
        guard hasMinimum else { return 0 }
        return subMinimumMax == nil ? Float(minimum) : -(Float(minimum) * Float(subMinimum))
    }

    /// The value of a code on the grid of its part, as every reader computes it.
    public func value(code: UInt8, step: Float, offset: Float) -> Float {
        // Adding a zero would turn −0 into 0.
        hasMinimum ? step * level(code) + offset : step * level(code)
    }
}

extension BlockFormat {
    /// The values that a block of this format can hold.
    public var grid: BlockGrid {
        switch self {
        case .q4Type0: BlockGrid(codeMax: 15, zeroCode: 8)
        case .q4Type1: BlockGrid(codeMax: 15, hasMinimum: true)
        case .q5Type0: BlockGrid(codeMax: 31, zeroCode: 16)
        case .q5Type1: BlockGrid(codeMax: 31, hasMinimum: true)
        case .q8Type0: BlockGrid(codeMax: 255, zeroCode: 128)
        case .q2K: BlockGrid(16, codeMax: 3, hasMinimum: true, subScales: 0...15)
        case .q3K: BlockGrid(16, codeMax: 7, zeroCode: 4, subScales: -32...31)
        case .q4K: BlockGrid(codeMax: 15, hasMinimum: true, subScales: 0...63)
        case .q5K: BlockGrid(codeMax: 31, hasMinimum: true, subScales: 0...63)
        case .q6K: BlockGrid(16, codeMax: 63, zeroCode: 32, subScales: -128...127)
        case .iq4NonLinear: BlockGrid(codeMax: 15, zeroCode: 8, unevenLevels: unevenLevels)
        }
    }
}

/// The levels of IQ4_NL: dense near zero, where most weights are, and none of them zero.
private let unevenLevels: [Int8] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
]

extension BlockGrid {
    /// Minima have the range of the small scales beside them.
    fileprivate init(
        _ elementsPerScale: Int = 32, codeMax: UInt8, zeroCode: UInt8 = 0,
        hasMinimum: Bool = false, subScales: ClosedRange<Int8>? = nil,
        unevenLevels: [Int8]? = nil
    ) {
        self.elementsPerScale = elementsPerScale
        self.codeMax = codeMax
        self.zeroCode = zeroCode
        self.hasMinimum = hasMinimum
        self.subScales = subScales
        subMinimumMax = hasMinimum ? subScales.map { UInt8($0.upperBound) } : nil
        self.unevenLevels = unevenLevels
    }
}
