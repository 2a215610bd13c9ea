internal import CKernels

/// Trace of D · H · Dᵀ for D (outputs × inputs) and a symmetric H (inputs × inputs).
///
/// With D = W - Q this is the layer's squared error. Only the upper triangle of H counts: what
/// stands below it equals what stands above, so that is doubled, for about outputs · inputs²
/// operations in all. Products are Float32, in tiles of 256 rows × 256 columns on the shared crew;
/// sums are Float64, in the order of the tiles and within a tile of the rows.
public func traceOfQuadraticForm(_ d: borrowing Matrix, _ h: borrowing Matrix) -> Double {
    precondition(h.rows == h.columns)
    precondition(d.columns == h.rows)
    let edge = 256
    let (outputs, inputs) = (d.rows, d.columns)
    let across = tileCount(inputs, edge)
    var sums = [Double](repeating: 0, count: tileCount(outputs, edge) * across)
    nonisolated(unsafe) let (left, square) = unsafe (d.base, h.base)
    var tiles = sums.mutableSpan
    Crew.shared.forEachTile(of: &tiles, width: 1) { tile, sum in
        let rows = tileRange(tile / across, edge, in: 0..<outputs)
        let columns = tileRange(tile % across, edge, in: 0..<inputs)
        sum[0] = unsafe quadraticTile(left, square, inputs, rows: rows, columns: columns)
    }
    return sums.reduce(0, +)
}

/// The terms of the trace in which the later column is one of `columns`.
@unsafe private func quadraticTile(
    _ d: UnsafePointer<Float>,
    _ h: UnsafePointer<Float>,
    _ inputs: Int,
    rows: Range<Int>,
    columns: Range<Int>
) -> Double {
    let scratch = Matrix(uninitializedRows: rows.count, columns: columns.count)
    let start = unsafe d + rows.lowerBound * inputs
    for (part, factor) in [(columns, Float(1)), (0..<columns.lowerBound, 2)] {
        unsafe generalProduct(
            rows.count,
            columns.count,
            part.count,
            alpha: factor,
            Operand(start + part.lowerBound, stride: inputs),
            Operand(h + part.lowerBound * inputs + columns.lowerBound, stride: inputs),
            beta: part == columns ? 0 : 1,
            scratch.base,
            stride: columns.count
        )
    }
    var sum = 0.0
    for r in 0..<rows.count {
        let own = unsafe start + r * inputs + columns.lowerBound
        unsafe sum += ck_dot_in_double(own, scratch.base + r * columns.count, columns.count)
    }
    return sum
}
