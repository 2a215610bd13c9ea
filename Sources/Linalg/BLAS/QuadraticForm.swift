internal import CKernels

/// Trace of D · H · Dᵀ for D (outputs × inputs) and a symmetric H (inputs × inputs).
///
/// With D = W - Q this is the layer's squared error. Products D · H are Float32, in tiles of 64
/// rows; the sums over columns and rows are Float64, in the order of the rows.
public func traceOfQuadraticForm(_ d: borrowing Matrix, _ h: borrowing Matrix) -> Double {
    precondition(h.rows == h.columns)
    precondition(d.columns == h.rows)
    let tileRows = 64
    let inputs = d.columns
    var tile = Matrix(rows: min(tileRows, d.rows), columns: inputs)
    var trace = 0.0
    for start in stride(from: 0, to: d.rows, by: tileRows) {
        let count = min(tileRows, d.rows - start)
        trace += quadraticTile(d, h, rows: start..<start + count, scratch: &tile)
    }
    return trace
}

private func quadraticTile(
    _ d: borrowing Matrix,
    _ h: borrowing Matrix,
    rows: Range<Int>,
    scratch: inout Matrix
) -> Double {
    let inputs = d.columns
    let start = unsafe d.base + rows.lowerBound * inputs
    unsafe generalProduct(
        rows.count,
        inputs,
        inputs,
        alpha: 1,
        Operand(start, stride: inputs),
        Operand(h.base, stride: inputs),
        beta: 0,
        scratch.base,
        stride: inputs
    )
    var sum = 0.0
    for r in 0..<rows.count {
        let offset = r * inputs
        unsafe sum += ck_dot_in_double(start + offset, scratch.base + offset, inputs)
    }
    return sum
}
