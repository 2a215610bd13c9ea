internal import CKernels
internal import COpenBLAS

extension TriangleInversion {
    /// Step k, all of it; what it throws counts the minors from the first row on.
    func step(_ k: Range<Int>) throws(LinalgError) {
        let start = unsafe at(k.lowerBound, k.lowerBound)
        let minor = unsafe ck_inverse_factor(start, d, k.count)
        guard minor == 0 else { throw .notPositiveDefinite(minor: k.lowerBound + minor) }
        multiplyPanels(k)
        updateRest(k)
    }

    // MARK: The panels

    /// P, A[B, k] and A[k, F]: products with A[k, k], in tiles of rows below and columns before.
    private func multiplyPanels(_ k: Range<Int>) {
        let below = k.upperBound..<d
        let before = 0..<k.lowerBound
        let (rows, columns) = (tiling.rows, tiling.columns)
        let rowTiles = tileCount(below.count, rows)
        let columnTiles = tileCount(before.count, columns)
        Crew.shared.run(tiles: rowTiles + columnTiles) { tile in
            if tile < rowTiles {
                multiplyPanel(k, rows: tileRange(tile, rows, in: below))
            } else {
                multiplyRow(k, columns: tileRange(tile - rowTiles, columns, in: before))
            }
        }
    }

    private func multiplyPanel(_ k: Range<Int>, rows: Range<Int>) {
        for row in rows {
            let source = unsafe at(row, k.lowerBound)
            unsafe panel(row).update(from: source, count: k.count)
        }
        let panel = unsafe panel(rows.lowerBound)
        unsafe multiply(
            CblasRight, CblasTrans, k, rows.count, k.count, panel, stride: tiling.panel)
        for row in rows {
            unsafe at(row, k.lowerBound).update(from: self.panel(row), count: k.count)
        }
        let target = unsafe at(rows.lowerBound, k.lowerBound)
        unsafe multiply(CblasRight, CblasNoTrans, k, rows.count, k.count, target, stride: d)
    }

    private func multiplyRow(_ k: Range<Int>, columns: Range<Int>) {
        let target = unsafe at(k.lowerBound, columns.lowerBound)
        unsafe multiply(
            CblasLeft, CblasNoTrans, k, k.count, columns.count, target, stride: d, sign: -1)
    }

    /// b (m × n, rows `stride` apart) times A[k, k] from the given side, in place.
    private func multiply(
        _ side: CBLAS_SIDE, _ transposition: CBLAS_TRANSPOSE, _ k: Range<Int>, _ m: Int, _ n: Int,
        _ b: UnsafeMutablePointer<Float>, stride: Int, sign: Float = 1
    ) {
        unsafe cblas_strmm(
            CblasRowMajor, side, CblasLower, transposition, CblasNonUnit, OpenBLAS.dimension(m),
            OpenBLAS.dimension(n), sign, at(k.lowerBound, k.lowerBound), OpenBLAS.dimension(d), b,
            OpenBLAS.dimension(stride))
    }

    // MARK: The products

    /// A[B, F] and A[B, B] in tiles.
    private func updateRest(_ k: Range<Int>) {
        let tiles = updateTiles(k)
        Crew.shared.run(tiles: tiles.count) { update(k, tiles[$0]) }
    }

    private struct Tile {
        var rows: Range<Int>
        var columns: Range<Int>
    }

    private func updateTiles(_ k: Range<Int>) -> [Tile] {
        var tiles: [Tile] = []
        let (below, width) = (k.upperBound..<d, tiling.columns)
        for rowTile in 0..<tileCount(below.count, tiling.rows) {
            let rows = tileRange(rowTile, tiling.rows, in: below)
            for part in [0..<k.lowerBound, k.upperBound..<rows.lowerBound] {
                for tile in 0..<tileCount(part.count, width) {
                    tiles.append(Tile(rows: rows, columns: tileRange(tile, width, in: part)))
                }
            }
            tiles.append(Tile(rows: rows, columns: rows))
        }
        return tiles
    }

    private func update(_ k: Range<Int>, _ tile: Tile) {
        let (rows, columns) = (tile.rows, tile.columns)
        let target = unsafe at(rows.lowerBound, columns.lowerBound)
        let left = unsafe Operand(panel(rows.lowerBound), stride: tiling.panel)
        if rows == columns {
            unsafe cblas_ssyrk(
                CblasRowMajor, CblasLower, CblasNoTrans, OpenBLAS.dimension(rows.count),
                OpenBLAS.dimension(k.count), -1, left.start, OpenBLAS.dimension(left.stride), 1,
                target, OpenBLAS.dimension(d))
        } else if columns.upperBound <= k.lowerBound {
            let right = unsafe Operand(at(k.lowerBound, columns.lowerBound), stride: d)
            unsafe generalProduct(
                rows.count, columns.count, k.count, alpha: 1, left, right, beta: 1, target,
                stride: d)
        } else {
            let right = unsafe Operand(
                panel(columns.lowerBound), stride: tiling.panel, isTransposed: true)
            unsafe generalProduct(
                rows.count, columns.count, k.count, alpha: -1, left, right, beta: 1, target,
                stride: d)
        }
    }

    // MARK: Places

    private func at(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
        unsafe a + (row * d + column)
    }

    private func panel(_ row: Int) -> UnsafeMutablePointer<Float> {
        unsafe panel + row * tiling.panel
    }
}
