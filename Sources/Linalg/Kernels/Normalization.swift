internal import CKernels

/// out ← x / sqrt(mean(x²) + epsilon) · weight, all in Float32 (arXiv 1910.07467), for each run of
/// d elements of every row.
///
/// weight holds d elements, x and out are samples × d or samples × heads · d.
/// - Precondition: the columns are a multiple of d.
public func rmsNorm(
    _ x: borrowing Matrix,
    weight: Span<Float>,
    epsilon: Float,
    into out: inout Matrix
) {
    precondition(!weight.isEmpty && x.columns.isMultiple(of: weight.count))
    precondition(out.rows == x.rows)
    precondition(out.columns == x.columns)
    let columns = weight.count
    let rows = x.rows * (x.columns / columns)
    unsafe weight.withUnsafeBufferPointer {
        unsafe ck_rms_norm(x.base, $0.baseAddress, epsilon, out.base, rows, columns)
    }
}

/// The same as a new matrix of the shape of x.
public func rmsNormed(
    _ x: borrowing Matrix, weight: Span<Float>, epsilon: Float
) -> Matrix {
    var out = Matrix(uninitializedRows: x.rows, columns: x.columns)
    rmsNorm(x, weight: weight, epsilon: epsilon, into: &out)
    return out
}

/// (x - mean(x)) / sqrt(variance(x) + epsilon) · weight + bias, row by row, all in Float32
/// (arXiv 1607.06450), as a new matrix.
///
/// x is samples × d, weight and bias hold d elements.
public func layerNormed(
    _ x: borrowing Matrix, weight: Span<Float>, bias: Span<Float>, epsilon: Float
) -> Matrix {
    precondition(weight.count == x.columns)
    precondition(bias.count == x.columns)
    let out = Matrix(uninitializedRows: x.rows, columns: x.columns)
    let (rows, columns) = (x.rows, x.columns)
    unsafe weight.withUnsafeBufferPointer { weight in
        unsafe bias.withUnsafeBufferPointer { bias in
            unsafe ck_layer_norm(
                x.base, weight.baseAddress, bias.baseAddress, epsilon, out.base, rows, columns)
        }
    }
    return out
}
