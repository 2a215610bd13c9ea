internal import CKernels

/// The upper-triangular U with positive diagonal for which H⁻¹ = Uᵀ · U, zeros below the diagonal.
///
/// Works in the memory of `h` (d × d, symmetric; only its upper triangle counts) and 512 · d
/// bytes beside it, in about 2/3 · d³ operations on the shared crew, and never forms the inverse:
/// with J the reversal of the order, J·H·J = L·Lᵀ, and U = J · L⁻¹ · J. Row j of U over U[j, j] is
/// the optimal compensation of an error in column j.
/// - Throws: ``LinalgError/notFinite`` if H or U is not finite,
///   ``LinalgError/notPositiveDefinite(minor:)`` if H is not positive definite in Float32.
public func inverseFactor(of h: consuming Matrix) throws(LinalgError) -> Matrix {
    try inverseFactor(of: h, tiling: TriangleInversion.Tiling(dimension: h.rows))
}

/// The same in tiles of the given sizes, which decide over the last bits.
func inverseFactor(
    of h: consuming Matrix, tiling: TriangleInversion.Tiling
) throws(LinalgError) -> Matrix {
    precondition(h.rows == h.columns)
    guard isFiniteByTiles(h) else { throw .notFinite }
    guard h.rows > 0 else { return h }
    unsafe mirrorTriangles(of: &h, ck_reverse_upper_to_lower)
    try TriangleInversion.run(&h, tiling: tiling)
    unsafe mirrorTriangles(of: &h, ck_reverse_lower_to_upper)
    guard isFiniteByTiles(h) else { throw .notFinite }
    return h
}

/// Rows that one thread moves or checks at a time: enough work to be worth a tile.
private let rowsAtOnce = 32

/// Swaps the ends of the order of rows and columns, from one triangle into the other.
private func mirrorTriangles(
    of h: inout Matrix,
    _ reverse: @convention(c) @Sendable (UnsafeMutablePointer<Float>?, Int, Int, Int) -> Void
) {
    let d = h.rows
    // Row r trades places with row d - 1 - r and with no other, so pairs are independent.
    let pairs = (d + 1) / 2
    nonisolated(unsafe) let base = unsafe h.base
    Crew.shared.run(tiles: tileCount(pairs, rowsAtOnce)) { tile in
        let rows = tileRange(tile, rowsAtOnce, in: 0..<pairs)
        unsafe reverse(base, d, rows.lowerBound, rows.upperBound)
    }
}

/// Whether no element is an infinity or a NaN.
private func isFiniteByTiles(_ h: borrowing Matrix) -> Bool {
    var isFinite = [Bool](repeating: true, count: tileCount(h.rows, rowsAtOnce))
    let (rows, columns) = (h.rows, h.columns)
    nonisolated(unsafe) let base = unsafe h.base
    var answers = isFinite.mutableSpan
    Crew.shared.forEachTile(of: &answers, width: 1) { tile, answer in
        let range = tileRange(tile, rowsAtOnce, in: 0..<rows)
        let start = unsafe base + range.lowerBound * columns
        answer[0] = unsafe ck_is_finite(start, range.count * columns) != 0
    }
    return isFinite.allSatisfy(\.self)
}
