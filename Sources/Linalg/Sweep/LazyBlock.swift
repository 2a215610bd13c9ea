internal import CKernels

// @unchecked because of the pointers: they are owned by this value alone, and only `mutating`
// access writes through them.
/// Some neighbouring columns of a weight while a column sweep settles them.
///
/// Settling a column gives it its final values and takes its error off the later columns of the
/// block at once; the columns after the block hear of it when the block is stored. Rows of the
/// weight are independent, so the shared crew works on tiles of 64 of them.
///
///     var block = LazyBlock(rows: weight.rows, columnsMax: 128)
///     block.load(0..<128, of: weight, factor: factor)
///     block.quantize(0..<128, scales: scales, zeros: zeros, groups: groups, maximumCode: 15)
///     block.store(into: &weight, factor: factor)
@safe public struct LazyBlock: ~Copyable, @unchecked Sendable {
    /// Rows of the weight.
    public let rows: Int
    /// The block's columns of the weight.
    public private(set) var columns: Range<Int>
    /// Columns whose choice is final; they are the first ones of the block.
    private(set) var settled: Int
    let columnsMax: Int
    let tiles: Int
    /// Tiles, each `columns.count` × 64: column by column, 64 rows side by side.
    let values: Matrix
    /// Codes or masks, as `values`.
    let bytes: UnsafeMutablePointer<UInt8>
    /// U[columns, columns], rows without gaps.
    let factor: Matrix
    /// columnsMax × rows.
    let errors: Matrix
    /// For each row, padded to whole tiles.
    let squares: UnsafeMutablePointer<Double>

    /// Makes a block without columns for a weight of `rows` rows.
    ///
    /// - Parameters:
    ///   - rows: rows of the weight.
    ///   - columnsMax: most columns that will be loaded at once, 1 or more. The memory is 9 bytes
    ///     for each of them and each row.
    public init(rows: Int, columnsMax: Int) {
        precondition(rows >= 0)
        precondition(columnsMax > 0)
        self.rows = rows
        self.columnsMax = columnsMax
        columns = 0..<0
        settled = 0
        tiles = tileCount(rows, Self.tileRows)
        let padded = tiles * Self.tileRows
        values = Matrix(uninitializedRows: columnsMax, columns: padded)
        errors = Matrix(uninitializedRows: columnsMax, columns: rows)
        factor = Matrix(uninitializedRows: columnsMax, columns: columnsMax)
        unsafe bytes = .allocate(capacity: columnsMax * padded)
        unsafe bytes.initialize(repeating: 0, count: columnsMax * padded)
        unsafe squares = .allocate(capacity: padded)
        unsafe squares.initialize(repeating: 0, count: padded)
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe squares.deallocate()
    }

    /// Rows of a tile, which are the lanes of the kernels' vectors.
    static var tileRows: Int { Int(CK_SWEEP_ROWS) }

    /// The sum of the squared scaled errors of all columns settled since this value was made.
    ///
    /// With all columns settled it is tr((W-Q)·H·(W-Q)ᵀ). Float64, in the order of the rows.
    public var squaredError: Double {
        var sum = 0.0
        for r in 0..<rows { unsafe sum += squares[r] }
        return sum
    }

    /// Takes over columns of a weight, all of them unsettled.
    ///
    /// - Parameters:
    ///   - range: within `0..<weight.columns`, at most `columnsMax` columns.
    ///   - weight: rows × d.
    ///   - factor: U, d × d, upper triangular with a positive diagonal.
    public mutating func load(
        _ range: Range<Int>, of weight: borrowing Matrix, factor: borrowing Matrix
    ) {
        precondition(weight.rows == rows)
        precondition(range.lowerBound >= 0 && range.upperBound <= weight.columns)
        precondition(range.count <= columnsMax)
        precondition(factor.rows == weight.columns && factor.columns == weight.columns)
        columns = range
        settled = 0
        for place in 0..<range.count {
            let row = range.lowerBound + place
            let source = unsafe factor.base + row * factor.columns + range.lowerBound
            unsafe (self.factor.base + place * range.count).update(from: source, count: range.count)
        }
        let stride = weight.columns
        nonisolated(unsafe) let source = unsafe weight.base + range.lowerBound
        unsafe forEachTile { tile in
            let rows = unsafe tile.rows
            if rows.count < Self.tileRows {
                unsafe tile.values.update(repeating: 0, count: range.count * Self.tileRows)
            }
            unsafe ck_transpose(
                source + rows.lowerBound * stride, stride, tile.values, Self.tileRows, rows.count,
                range.count)
        }
    }

    /// Writes the settled columns into the weight, and takes their errors off all columns after
    /// the block: W[:, i2...] ← W[:, i2...] - Err · U[i1..<i2, i2...].
    ///
    /// - Precondition: all columns are settled; weight and factor are those of the loading.
    public func store(into weight: inout Matrix, factor: borrowing Matrix) {
        precondition(weight.rows == rows)
        precondition(settled == columns.count)
        let (count, stride) = (columns.count, weight.columns)
        nonisolated(unsafe) let target = unsafe weight.base + columns.lowerBound
        unsafe forEachTile { tile in
            let rows = unsafe tile.rows
            unsafe ck_transpose(
                tile.values, Self.tileRows, target + rows.lowerBound * stride, stride, count,
                rows.count)
        }
        unsafe lazyUpdate(
            weight: &weight, errors: errors.base, factor: factor, block: columns)
    }

    /// The current values of some columns, rows × `range.count`: settled, or compensated so far.
    ///
    /// - Precondition: the range lies within ``columns``.
    public func current(_ range: Range<Int>) -> Matrix {
        let places = self.places(of: range)
        let result = Matrix(uninitializedRows: rows, columns: range.count)
        nonisolated(unsafe) let target = unsafe result.base
        unsafe forEachTile { tile in
            let rows = unsafe tile.rows
            unsafe ck_transpose(
                tile.values + places.lowerBound * Self.tileRows, Self.tileRows,
                target + rows.lowerBound * range.count, range.count, range.count, rows.count)
        }
        return result
    }

    /// A range of the weight's columns as places in the block.
    func places(of range: Range<Int>) -> Range<Int> {
        precondition(range.lowerBound >= columns.lowerBound)
        precondition(range.upperBound <= columns.upperBound)
        return range.lowerBound - columns.lowerBound..<range.upperBound - columns.lowerBound
    }

    /// The places of columns that are to be settled now: the next ones in order.
    mutating func settle(_ run: Range<Int>) -> Range<Int> {
        let places = self.places(of: run)
        precondition(places.lowerBound == settled)
        settled = places.upperBound
        return places
    }
}
