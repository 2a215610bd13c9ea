internal import CKernels
internal import COpenBLAS

/// The upper-triangular U with positive diagonal for which H⁻¹ = Uᵀ · U, zeros below the diagonal.
///
/// Works in the memory of `h` (d × d, symmetric; only its upper triangle counts) in about 2/3 · d³
/// operations and never forms the inverse: with J the reversal of the order, J·H·J = L·Lᵀ, and
/// U = J · L⁻¹ · J. Row j of U over U[j, j] is the optimal compensation of an error in column j.
/// - Throws: ``LinalgError/notFinite`` if H or U is not finite,
///   ``LinalgError/notPositiveDefinite(minor:)`` if H is not positive definite in Float32.
public func inverseFactor(of h: consuming Matrix) throws(LinalgError) -> Matrix {
    precondition(h.rows == h.columns)
    guard h.isFinite() else { throw .notFinite }
    guard h.rows > 0 else { return h }
    OpenBLAS.prepare()
    unsafe ck_reverse(h.base, h.count)
    try factorInPlace(&h)
    try invertInPlace(&h)
    unsafe ck_zero_above_diagonal(h.base, h.rows)
    unsafe ck_reverse(h.base, h.count)
    guard h.isFinite() else { throw .notFinite }
    return h
}

// LAPACK is column-major, so its upper triangle is the lower one of our row-major matrix.
private func factorInPlace(_ h: inout Matrix) throws(LinalgError) {
    var order = OpenBLAS.dimension(h.rows)
    var info: Int32 = 0
    var triangle = CChar(UInt8(ascii: "U"))
    var stride = order
    unsafe spotrf_(&triangle, &order, h.base, &stride, &info, 1)
    precondition(info >= 0)
    guard info == 0 else { throw .notPositiveDefinite(minor: Int(info)) }
}

private func invertInPlace(_ h: inout Matrix) throws(LinalgError) {
    var order = OpenBLAS.dimension(h.rows)
    var info: Int32 = 0
    var triangle = CChar(UInt8(ascii: "U"))
    var diagonal = CChar(UInt8(ascii: "N"))
    var stride = order
    unsafe strtri_(&triangle, &diagonal, &order, h.base, &stride, &info, 1, 1)
    precondition(info >= 0)
    guard info == 0 else { throw .notPositiveDefinite(minor: Int(info)) }
}
