internal import CKernels

// @unchecked because of the pointers: tiles that run at the same time write to different elements.
/// From a positive definite matrix to the inverse of its lower Cholesky factor, in place.
///
/// Legend: A is d × d, its lower triangle holds H at first and L⁻¹ at the end, H = L·Lᵀ; k is a
/// panel of columns, B the rows below it, F the columns before it. After the steps before k, the
/// trailing part of A lacks nothing but the updates from k on, and A[i, F] for the rows i from k on
/// holds the sum of L[i, m] · L⁻¹[m, F] over the panels m done. Step k then does:
///
///     A[k, k] = L[k, k]⁻¹
///     P       = A[B, k] · A[k, k]ᵀ   the panel L[B, k], kept aside
///     A[B, k] = P · A[k, k]
///     A[k, F] = -A[k, k] · A[k, F]
///     A[B, F] += P · A[k, F]
///     A[B, B] -= P · Pᵀ              lower triangle
///
/// Factor and inverse thus grow in one pass, nearly all of it products of full tiles. Products
/// with the inverses of tiles of at most 128 rows stand for triangular solutions, which OpenBLAS
/// does at a fifth of the speed; tests hold their error against that of LAPACK.
@safe struct TriangleInversion: @unchecked Sendable {
    /// Sizes of tiles; they follow from d alone, because they decide over the last bits.
    struct Tiling: Sendable {
        /// Columns of a panel, which is the depth of the products.
        var panel: Int
        /// Rows of a tile of the products.
        var rows: Int
        /// Columns of a tile of the products.
        var columns: Int

        /// The sizes that were the fastest when measured, from 576 to 4,096 rows.
        init(dimension: Int) {
            self.init(panel: 128, rows: dimension < 3072 ? 256 : 512, columns: 1024)
        }

        init(panel: Int, rows: Int, columns: Int) {
            precondition(panel > 0 && panel <= Int(CK_TRIANGLE_MAX))
            precondition(rows > 0)
            precondition(columns > 0)
            (self.panel, self.rows, self.columns) = (panel, rows, columns)
        }
    }

    let a: UnsafeMutablePointer<Float>
    let d: Int
    /// P: row i belongs to row i of A, `tiling.panel` apart.
    let panel: UnsafeMutablePointer<Float>
    let tiling: Tiling

    /// Replaces the lower triangle of `matrix` by the inverse of its Cholesky factor.
    static func run(_ matrix: inout Matrix, tiling: Tiling) throws(LinalgError) {
        OpenBLAS.prepare()
        let d = matrix.rows
        let panel = Matrix(uninitializedRows: d, columns: tiling.panel)
        let inversion = unsafe TriangleInversion(
            a: matrix.base, d: d, panel: panel.base, tiling: tiling)
        for first in stride(from: 0, to: d, by: tiling.panel) {
            try inversion.step(first..<min(first + tiling.panel, d))
        }
        // The pointer above must not outlive its matrix.
        withExtendedLifetime(panel) {}
    }
}
