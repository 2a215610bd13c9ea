internal import COpenBLAS

/// One operand of a product: a start and a row stride inside somebody's matrix, maybe transposed.
@unsafe struct Operand {
    let start: UnsafePointer<Float>
    let stride: Int
    let isTransposed: Bool

    init(_ start: UnsafePointer<Float>, stride: Int, isTransposed: Bool = false) {
        unsafe self.start = start
        unsafe self.stride = stride
        unsafe self.isTransposed = isTransposed
    }

    /// op(a) from one of its rows on.
    func from(row: Int) -> Operand {
        let offset = unsafe isTransposed ? row : row * stride
        return unsafe Operand(start + offset, stride: stride, isTransposed: isTransposed)
    }

    /// op(b) from one of its columns on.
    func from(column: Int) -> Operand {
        let offset = unsafe isTransposed ? column * stride : column
        return unsafe Operand(start + offset, stride: stride, isTransposed: isTransposed)
    }

    var transposition: CBLAS_TRANSPOSE { unsafe isTransposed ? CblasTrans : CblasNoTrans }
}

/// c (m × n, rows `stride` apart) ← alpha · a (m × k) · b (k × n) + beta · c, on raw memory.
///
/// The caller has checked that everything lies inside living matrices.
@unsafe func generalProduct(
    _ m: Int,
    _ n: Int,
    _ k: Int,
    alpha: Float,
    _ a: Operand,
    _ b: Operand,
    beta: Float,
    _ c: UnsafeMutablePointer<Float>,
    stride: Int
) {
    // CBLAS refuses strides below 1 even when there is nothing to do.
    guard m > 0, n > 0 else { return }
    OpenBLAS.prepare()
    unsafe cblas_sgemm(
        CblasRowMajor,
        a.transposition,
        b.transposition,
        OpenBLAS.dimension(m),
        OpenBLAS.dimension(n),
        OpenBLAS.dimension(k),
        alpha,
        a.start,
        OpenBLAS.dimension(max(a.stride, 1)),
        b.start,
        OpenBLAS.dimension(max(b.stride, 1)),
        beta,
        c,
        OpenBLAS.dimension(max(stride, 1))
    )
}

/// The same in tiles of 1024 × 1024, on the shared crew.
@unsafe func tiledProduct(
    _ m: Int, _ n: Int, _ k: Int, alpha: Float, _ a: Operand, _ b: Operand, beta: Float,
    _ c: UnsafeMutablePointer<Float>, stride: Int
) {
    let side = 1024
    let across = tileCount(n, side)
    nonisolated(unsafe) let (a, b, c) = unsafe (a, b, c)
    Crew.shared.run(tiles: tileCount(m, side) * across) { tile in
        let rows = tileRange(tile / across, side, in: 0..<m)
        let columns = tileRange(tile % across, side, in: 0..<n)
        unsafe generalProduct(
            rows.count, columns.count, k, alpha: alpha, a.from(row: rows.lowerBound),
            b.from(column: columns.lowerBound), beta: beta,
            c + rows.lowerBound * stride + columns.lowerBound, stride: stride)
    }
}

/// c ← alpha · op(a) · op(b) + beta · c, where op transposes if asked to.
///
/// With `beta` 0 (the default) what `c` held does not matter, NaNs included. In tiles, on the
/// shared crew.
/// - Precondition: op(a) is m × k, op(b) is k × n, c is m × n.
public func multiply(
    _ a: borrowing Matrix,
    _ b: borrowing Matrix,
    transposingA: Bool = false,
    transposingB: Bool = false,
    alpha: Float = 1,
    beta: Float = 0,
    into c: inout Matrix
) {
    let (m, k) = transposingA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (inner, n) = transposingB ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(inner == k)
    precondition(c.rows == m)
    precondition(c.columns == n)
    unsafe tiledProduct(
        m,
        n,
        k,
        alpha: alpha,
        Operand(a.base, stride: a.columns, isTransposed: transposingA),
        Operand(b.base, stride: b.columns, isTransposed: transposingB),
        beta: beta,
        c.base,
        stride: c.columns
    )
}

/// out (samples × outputs) ← x (samples × inputs) · weightᵀ + bias, with weight outputs × inputs.
///
/// One product; `bias`, if there is one, holds `outputs` elements. The default is none.
public func applyLinear(
    _ x: borrowing Matrix,
    weight: borrowing Matrix,
    bias: Span<Float>? = nil,
    into out: inout Matrix
) {
    precondition(x.columns == weight.columns)
    precondition(out.rows == x.rows)
    precondition(out.columns == weight.rows)
    var beta: Float = 0
    if let bias {
        fillRows(of: &out, with: bias)
        beta = 1
    }
    unsafe tiledProduct(
        x.rows,
        weight.rows,
        x.columns,
        alpha: 1,
        Operand(x.base, stride: x.columns),
        Operand(weight.base, stride: weight.columns, isTransposed: true),
        beta: beta,
        out.base,
        stride: out.columns
    )
}

/// x · weightᵀ + bias as a new matrix, samples × outputs; see ``applyLinear(_:weight:bias:into:)``.
public func linear(
    _ x: borrowing Matrix, weight: borrowing Matrix, bias: Span<Float>? = nil
) -> Matrix {
    var out = Matrix(uninitializedRows: x.rows, columns: weight.rows)
    applyLinear(x, weight: weight, bias: bias, into: &out)
    return out
}

private func fillRows(of out: inout Matrix, with values: Span<Float>) {
    precondition(values.count == out.columns)
    let (rows, columns) = (out.rows, out.columns)
    unsafe values.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        for r in 0..<rows { unsafe (out.base + r * columns).update(from: start, count: columns) }
    }
}
