internal import CKernels

extension LazyBlock {
    /// The rows that one thread works on at a time.
    @unsafe struct Tile {
        /// What the kernels must know of it.
        var kernel: ck_sweep_tile
        /// Its rows of the weight.
        let rows: Range<Int>
        /// columns.count × 64, column by column.
        let values: UnsafeMutablePointer<Float>
        /// Codes or mask, as the values.
        let bytes: UnsafeMutablePointer<UInt8>
    }

    /// Calls `body` on the shared crew for each tile.
    @unsafe func forEachTile(_ body: @Sendable (inout Tile) -> Void) {
        nonisolated(unsafe) let (values, errors) = unsafe (values.base, errors.base)
        nonisolated(unsafe) let (factor, squares, bytes) = unsafe (factor.base, squares, bytes)
        let (count, rows) = (columns.count, rows)
        Crew.shared.run(tiles: tiles) { index in
            let range = tileRange(index, Self.tileRows, in: 0..<rows)
            let offset = range.lowerBound * count
            let kernel = unsafe ck_sweep_tile(
                values: values + offset,
                columns: count,
                rows: range.count,
                factor: factor,
                errors: errors + range.lowerBound,
                errors_stride: rows,
                squares: squares + range.lowerBound)
            var tile = unsafe Tile(
                kernel: kernel, rows: range, values: values + offset, bytes: bytes + offset)
            unsafe body(&tile)
        }
    }
}
