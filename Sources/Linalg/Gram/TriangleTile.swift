internal import COpenBLAS

/// A tile of the lower triangle of Xᵀ · X: some rows, and columns that do not lie to their right.
struct TriangleTile {
    let rows: Range<Int>
    let columns: Range<Int>

    private var isDiagonal: Bool { rows.lowerBound == columns.lowerBound }

    /// The side of a tile: at most 640, so that a product stays in a core's cache, and all of
    /// nearly one size.
    static func width(dimension: Int) -> Int {
        let count = max(1, (dimension + 639) / 640)
        return ((dimension + count - 1) / count + 15) / 16 * 16
    }

    /// All tiles, row of tiles by row of tiles; the first one is the largest.
    static func all(dimension: Int) -> [TriangleTile] {
        let width = width(dimension: dimension)
        guard dimension > 0 else { return [] }
        let bands = stride(from: 0, to: dimension, by: width).map {
            $0..<min($0 + width, dimension)
        }
        return bands.indices.flatMap { row in
            (0...row).map { TriangleTile(rows: bands[row], columns: bands[$0]) }
        }
    }

    /// The tile of xᵀ · x for `samples` rows of x at `start`, in the first rows.count ×
    /// columns.count elements of `product`; above the diagonal nothing is written.
    @unsafe func multiply(
        rows samples: Int, at start: UnsafePointer<Float>, stride: Int,
        into product: UnsafeMutablePointer<Float>
    ) {
        if isDiagonal {
            let order = OpenBLAS.dimension(rows.count)
            unsafe cblas_ssyrk(
                CblasRowMajor, CblasLower, CblasTrans, order, OpenBLAS.dimension(samples), 1,
                start + rows.lowerBound, OpenBLAS.dimension(stride), 0, product, order)
        } else {
            unsafe generalProduct(
                rows.count, columns.count, samples, alpha: 1,
                Operand(start + rows.lowerBound, stride: stride, isTransposed: true),
                Operand(start + columns.lowerBound, stride: stride),
                beta: 0, product, stride: columns.count)
        }
    }
}
