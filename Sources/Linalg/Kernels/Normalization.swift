internal import CKernels

/// out ← x / sqrt(mean(x²) + epsilon) · weight, row by row, all in Float32 (arXiv 1910.07467).
///
/// x and out are samples × d, weight holds d elements.
public func rmsNorm(
    _ x: borrowing Matrix,
    weight: Span<Float>,
    epsilon: Float,
    into out: inout Matrix
) {
    precondition(weight.count == x.columns)
    precondition(out.rows == x.rows)
    precondition(out.columns == x.columns)
    let (rows, columns) = (x.rows, x.columns)
    unsafe weight.withUnsafeBufferPointer {
        unsafe ck_rms_norm(x.base, $0.baseAddress, epsilon, out.base, rows, columns)
    }
}

/// The same as a new matrix, samples × d.
public func rmsNormed(
    _ x: borrowing Matrix, weight: Span<Float>, epsilon: Float
) -> Matrix {
    var out = Matrix(uninitializedRows: x.rows, columns: x.columns)
    rmsNorm(x, weight: weight, epsilon: epsilon, into: &out)
    return out
}
