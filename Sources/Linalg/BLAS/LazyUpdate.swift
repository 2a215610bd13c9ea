internal import CKernels

/// The update of all columns after a block of a column sweep, as one product:
/// W[:, i2...] ← W[:, i2...] - Errᵀ · U[i1..<i2, i2...], where `block` is i1..<i2.
///
/// In tiles of 256 rows × 1024 columns, on the shared crew.
/// - Parameters:
///   - weight: R × d; only the columns from `block.upperBound` on change.
///   - errors: B × R, the scaled errors of the block's columns, transposed; B is `block.count`.
///   - factor: d × d, upper triangular.
///   - block: columns just swept, within `0..<d`.
public func lazyUpdate(
    weight: inout Matrix,
    errors: borrowing Matrix,
    factor: borrowing Matrix,
    block: Range<Int>
) {
    precondition(errors.rows == block.count)
    precondition(errors.columns == weight.rows)
    unsafe lazyUpdate(weight: &weight, errors: errors.base, factor: factor, block: block)
}

/// The same with errors of `block.count` × `weight.rows` at an address.
@unsafe func lazyUpdate(
    weight: inout Matrix,
    errors: UnsafePointer<Float>,
    factor: borrowing Matrix,
    block: Range<Int>
) {
    let (outputs, inputs) = (weight.rows, weight.columns)
    precondition(block.lowerBound >= 0 && block.upperBound <= inputs)
    precondition(factor.rows == inputs)
    precondition(factor.columns == inputs)
    let rest = block.upperBound..<inputs
    guard !rest.isEmpty, !block.isEmpty else { return }
    let (tileRows, tileColumns) = (256, 1024)
    let across = tileCount(rest.count, tileColumns)
    nonisolated(unsafe) let (errors, target) = unsafe (errors, weight.base)
    nonisolated(unsafe) let source = unsafe factor.base + block.lowerBound * inputs
    Crew.shared.run(tiles: tileCount(outputs, tileRows) * across) { tile in
        let rows = tileRange(tile / across, tileRows, in: 0..<outputs)
        let columns = tileRange(tile % across, tileColumns, in: rest)
        unsafe generalProduct(
            rows.count,
            columns.count,
            block.count,
            alpha: -1,
            Operand(errors + rows.lowerBound, stride: outputs, isTransposed: true),
            Operand(source + columns.lowerBound, stride: inputs),
            beta: 1,
            target + rows.lowerBound * inputs + columns.lowerBound,
            stride: inputs
        )
    }
}

/// Inside a transposed block (B × R): subtracts u[k] · e from its row `startingAtColumn + k`.
///
/// That is W1[:, j...] -= e · uᵀ of a column sweep, with the rows of the block being columns of
/// the weight, so that every step runs over R contiguous elements.
/// - Precondition: `e.count` is R, and `startingAtColumn + u.count` is at most B.
public func subtractOuterProduct(
    column e: Span<Float>,
    row u: Span<Float>,
    from block: inout Matrix,
    startingAtColumn: Int
) {
    let stride = block.columns
    precondition(e.count == stride)
    precondition(startingAtColumn >= 0)
    precondition(u.count <= block.rows - startingAtColumn)
    unsafe e.withUnsafeBufferPointer { e in
        unsafe u.withUnsafeBufferPointer { u in
            unsafe ck_subtract_outer(
                e.baseAddress,
                u.baseAddress,
                block.base + startingAtColumn * stride,
                u.count,
                stride,
                stride
            )
        }
    }
}
