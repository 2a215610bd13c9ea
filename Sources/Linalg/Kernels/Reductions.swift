internal import CKernels

/// Sum of a[i] · b[i] in Float32; equal counts.
///
/// The order of the additions belongs to the CPU type, so the last bits may differ between types.
public func dotProduct(_ a: Span<Float>, _ b: Span<Float>) -> Float {
    precondition(a.count == b.count)
    return unsafe a.withUnsafeBufferPointer { a in
        unsafe b.withUnsafeBufferPointer { b in
            unsafe ck_dot(a.baseAddress, b.baseAddress, a.count)
        }
    }
}

/// Sum of a[i] · b[i] with Float64 products and sums; equal counts.
public func preciseDotProduct(_ a: Span<Float>, _ b: Span<Float>) -> Double {
    precondition(a.count == b.count)
    return unsafe a.withUnsafeBufferPointer { a in
        unsafe b.withUnsafeBufferPointer { b in
            unsafe ck_dot_in_double(a.baseAddress, b.baseAddress, a.count)
        }
    }
}

/// Sum of x[i]² in Float32, in the CPU type's own order.
public func sumOfSquares(_ x: Span<Float>) -> Float {
    unsafe x.withUnsafeBufferPointer { unsafe ck_sum_of_squares($0.baseAddress, $0.count) }
}

/// Least and greatest element of a non-empty span; NaNs are skipped.
///
/// - Precondition: `x` is not empty.
public func extremes(of x: Span<Float>) -> (minimum: Float, maximum: Float) {
    precondition(!x.isEmpty)
    var (minimum, maximum): (Float, Float) = (0, 0)
    unsafe x.withUnsafeBufferPointer {
        unsafe ck_extremes($0.baseAddress, $0.count, &minimum, &maximum)
    }
    return (minimum, maximum)
}

/// -log(softmax(logits)[target]) for every row of logits (samples × vocabulary), in natural units.
///
/// Exponentials of differences from the row's greatest logit are Float32, their sum and its
/// logarithm Float64.
/// - Precondition: one target a row, each in `0..<logits.columns`.
public func negativeLogLikelihoods(
    logits: borrowing Matrix,
    targets: Span<Int32>
) -> [Double] {
    precondition(targets.count == logits.rows)
    let vocabulary = logits.columns
    var losses = [Double](repeating: 0, count: logits.rows)
    for r in 0..<logits.rows {
        let target = Int(targets[r])
        precondition(target >= 0 && target < vocabulary)
        unsafe losses[r] = ck_negative_log_likelihood(
            logits.base + r * vocabulary,
            vocabulary,
            target
        )
    }
    return losses
}
