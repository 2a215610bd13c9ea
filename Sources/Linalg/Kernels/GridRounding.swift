internal import CKernels

/// Rounds weights to a uniform grid with a scale s > 0 and a zero point z for every weight.
///
/// Codes are clamp(rint(w / s) + z, 0, maximumCode), ties to even; values are s · (code - z).
/// A NaN gets code 0. All spans have the same count. In a transposed block this rounds one column
/// of the weight with the parameters of its rows.
public func roundToGrid(
    _ weights: Span<Float>,
    scales: Span<Float>,
    zeros: Span<Float>,
    maximumCode: UInt8,
    codes: inout MutableSpan<UInt8>,
    values: inout MutableSpan<Float>
) {
    let count = weights.count
    precondition(scales.count == count)
    precondition(zeros.count == count)
    precondition(codes.count == count)
    precondition(values.count == count)
    unsafe weights.withUnsafeBufferPointer { weights in
        unsafe scales.withUnsafeBufferPointer { scales in
            unsafe zeros.withUnsafeBufferPointer { zeros in
                unsafe codes.withUnsafeMutableBufferPointer { codes in
                    unsafe values.withUnsafeMutableBufferPointer { values in
                        unsafe ck_round_to_grid(
                            weights.baseAddress,
                            scales.baseAddress,
                            zeros.baseAddress,
                            Float(maximumCode),
                            codes.baseAddress,
                            values.baseAddress,
                            count
                        )
                    }
                }
            }
        }
    }
}

/// Rounds weights to one uniform grid: the same with one scale > 0 and one zero point for all.
public func roundToGrid(
    _ weights: Span<Float>,
    scale: Float,
    zero: Float,
    maximumCode: UInt8,
    codes: inout MutableSpan<UInt8>,
    values: inout MutableSpan<Float>
) {
    let count = weights.count
    precondition(codes.count == count)
    precondition(values.count == count)
    unsafe weights.withUnsafeBufferPointer { weights in
        unsafe codes.withUnsafeMutableBufferPointer { codes in
            unsafe values.withUnsafeMutableBufferPointer { values in
                unsafe ck_round_to_one_grid(
                    weights.baseAddress,
                    scale,
                    zero,
                    Float(maximumCode),
                    codes.baseAddress,
                    values.baseAddress,
                    count
                )
            }
        }
    }
}
