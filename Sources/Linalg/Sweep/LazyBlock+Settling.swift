internal import CKernels

extension LazyBlock {
    /// The largest `width` of ``pruneGroups(_:pruned:width:)``.
    public static var groupWidthMax: Int { Int(CK_SWEEP_GROUP_MAX) }

    /// Settles columns at the nearest values of their grids, with codes as of `roundToGrid`.
    ///
    /// - Parameters:
    ///   - run: the next columns that are not settled.
    ///   - scales: groups × rows, each above 0.
    ///   - zeros: the zero points, groups × rows.
    ///   - groups: the group of each column of the run.
    ///   - maximumCode: the greatest code of all grids.
    public mutating func quantize(
        _ run: Range<Int>,
        scales: Span<Float>,
        zeros: Span<Float>,
        groups: [Int],
        maximumCode: UInt8
    ) {
        let places = settle(run)
        precondition(groups.count == run.count)
        precondition(scales.count == zeros.count)
        for group in groups { precondition(group >= 0 && group < scales.count / max(rows, 1)) }
        let indices = groups.map(Int32.init)
        let stride = rows
        unsafe scales.withUnsafeBufferPointer { scales in
            unsafe zeros.withUnsafeBufferPointer { zeros in
                unsafe indices.withUnsafeBufferPointer { indices in
                    guard let s = scales.baseAddress, let z = zeros.baseAddress else { return }
                    nonisolated(unsafe) let parts = unsafe (s, z, indices.baseAddress)
                    unsafe forEachTile { tile in
                        let first = unsafe tile.rows.lowerBound
                        var grids = unsafe ck_sweep_grids(
                            scales: parts.0 + first, zeros: parts.1 + first, stride: stride,
                            groups: parts.2, maximum: Float(maximumCode))
                        unsafe ck_sweep_quantize(
                            &tile.kernel, places.lowerBound, places.upperBound, &grids,
                            tile.bytes + places.lowerBound * Self.tileRows)
                    }
                }
            }
        }
    }

    /// Settles columns at zero where a mask says so, and elsewhere as they are.
    ///
    /// - Parameters:
    ///   - run: the next columns that are not settled.
    ///   - mask: rows × `run.count`.
    public mutating func prune(_ run: Range<Int>, mask: Span<Bool>) {
        let places = settle(run)
        precondition(mask.count == rows * run.count)
        unsafe mask.withUnsafeBytes { mask in
            guard let start = mask.baseAddress else { return }
            nonisolated(unsafe) let source = unsafe start.assumingMemoryBound(to: UInt8.self)
            unsafe forEachTile { tile in
                let rows = unsafe tile.rows
                let lanes = unsafe tile.bytes + places.lowerBound * Self.tileRows
                unsafe ck_sweep_load_mask(
                    source + rows.lowerBound * run.count, run.count, rows.count, lanes)
                unsafe ck_sweep_prune(&tile.kernel, places.lowerBound, places.upperBound, lanes)
            }
        }
    }

    /// Settles columns with the `pruned` least important of each row and `width` columns at zero.
    ///
    /// The importance is value² / U[j, j]², of the values that the sweep finds when it reaches the
    /// first of the `width` columns; of equal ones the earlier columns become zero.
    ///
    /// - Parameters:
    ///   - run: the next columns that are not settled, whole groups of them.
    ///   - pruned: zeros of each group, from 0 to `width`.
    ///   - width: columns of a group, at most ``groupWidthMax``.
    public mutating func pruneGroups(_ run: Range<Int>, pruned: Int, width: Int) {
        precondition(width > 0 && width <= Self.groupWidthMax)
        precondition(run.count % width == 0)
        precondition(pruned >= 0 && pruned <= width)
        let places = settle(run)
        unsafe forEachTile { tile in
            unsafe ck_sweep_prune_groups(
                &tile.kernel, places.lowerBound, places.upperBound, pruned, width,
                tile.bytes + places.lowerBound * Self.tileRows)
        }
    }

    /// Writes the codes of all columns that were settled by quantising into rows × d codes.
    ///
    /// - Parameters:
    ///   - codes: rows × d.
    ///   - order: where each column of the weight belongs in a row of `codes`; nil for its own
    ///     place, which is the default.
    public func storeCodes(into codes: inout MutableSpan<UInt8>, order: [Int]? = nil) {
        let inputs = order?.count ?? (rows > 0 ? codes.count / rows : 0)
        precondition(codes.count == rows * inputs)
        precondition(columns.upperBound <= inputs || columns.isEmpty)
        let targets = columns.map { order?[$0] ?? $0 }
        for target in targets { precondition(target >= 0 && target < inputs) }
        let indices = targets.map(Int32.init)
        let count = columns.count
        unsafe codes.withUnsafeMutableBufferPointer { codes in
            unsafe indices.withUnsafeBufferPointer { indices in
                guard let start = codes.baseAddress else { return }
                nonisolated(unsafe) let parts = unsafe (start, indices.baseAddress)
                unsafe forEachTile { tile in
                    let rows = unsafe tile.rows
                    unsafe ck_sweep_store_codes(
                        tile.bytes, count, rows.count, parts.1,
                        parts.0 + rows.lowerBound * inputs, inputs)
                }
            }
        }
    }
}
