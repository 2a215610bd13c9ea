import Linalg

/// The uniform grid of one group: `scale * (code - zero)` for the codes 0 to 2^bits - 1.
///
/// The rules are those of handbook layerwise 1.1: zero is always on the grid, rounding is half
/// to even, and an all-zero group gets the range from -1 to 1. A symmetric range is symmetrised
/// whatever the signs in the group are.
struct UniformQuantizer {
    /// Step and zero code of a group.
    struct Parameters: Equatable {
        var scale: Float
        var zero: Float
    }

    /// 2^bits - 1.
    let maximumCode: UInt8
    let symmetric: Bool
    let grid: QuantizationOptions.Grid
    /// How scales are stored.
    let scaleType: ElementType

    /// The steps from the lowest to the highest grid value, which is `maximumCode` too.
    var steps: Float { Float(maximumCode) }

    init(_ options: QuantizationOptions) {
        maximumCode = UInt8((1 << options.bits) - 1)
        symmetric = options.symmetric
        grid = options.grid
        scaleType = options.scaleType?.elementType ?? .float32
    }

    /// The parameters for a group of weights.
    ///
    /// - parameter scratch: a buffer for the search of a range; it is grown as needed.
    func fit(_ group: Span<Float>, scratch: inout [Float]) -> Parameters {
        var low: Float = 0
        var high: Float = 0
        for i in group.indices {
            low = group[i] < low ? group[i] : low
            high = group[i] > high ? group[i] : high
        }
        if symmetric {
            high = max(-low, high)
            low = -high
        }
        // A range whose step would underflow is as good as zero: its weights are below 1e-38.
        guard (high - low) / steps >= .leastNormalMagnitude else {
            return parameters(low: -1, high: 1)
        }
        switch grid {
        // By output error it is searched with the factor at hand, see ``GroupSearch``.
        case .minMax, .outputError: return parameters(low: low, high: high)
        case .meanSquaredError:
            return searchRange(of: group, low: low, high: high, scratch: &scratch)
        }
    }

    /// The parameters of the range from `low` to `high`.
    ///
    /// A range whose step the stored type rounds to zero counts as one of zeros.
    func parameters(low: Float, high: Float) -> Parameters {
        let scale = scaleType.rounded((high - low) / steps)
        guard scale > 0 else { return parameters(low: -1, high: 1) }
        // A step that was rounded down by much would put zero beyond the last code.
        let zero = symmetric ? (steps + 1) / 2 : min(roundedHalfToEven(-low / scale), steps)
        return Parameters(scale: scale, zero: zero)
    }
}

/// The nearest grid code of `x`, as a whole Float from 0 to `maximum`.
@inline(__always)
func nearestCode(_ x: Float, scale: Float, zero: Float, maximum: Float) -> Float {
    let code = roundedHalfToEven(x / scale) + zero
    let raised = code > 0 ? code : 0
    return raised < maximum ? raised : maximum
}

/// Rounds to the nearest whole number, half to even; magnitudes above 2^20 become 2^20.
///
/// Adding 1.5 * 2^23 leaves no room for a fraction, so the addition itself rounds. This compiles
/// to vector code on any x86-64, where `rounded()` is a call of the C library. Codes end at 255,
/// so the bound of 2^20 steps changes none, and NaN becomes the bound instead of a trap.
@inline(__always)
func roundedHalfToEven(_ x: Float) -> Float {
    let limit: Float = 1_048_576
    let raised = x > -limit ? x : -limit
    let bounded = raised < limit ? raised : limit
    return (bounded + 12_582_912) - 12_582_912
}
