internal import CKernels

extension Matrix {
    /// A second matrix with the same elements.
    public func copy() -> Matrix { copy(rows: 0..<rows) }

    /// The given rows, in order, as a matrix of `range.count` × `columns`.
    ///
    /// - Precondition: the range lies in `0..<rows`.
    public func copy(rows range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        let result = Matrix(uninitializedRows: range.count, columns: columns)
        unsafe result.base.initialize(
            from: base + range.lowerBound * columns,
            count: result.count
        )
        return result
    }

    /// Copies all rows of `source` over the rows that begin at `row`.
    ///
    /// - Precondition: equal numbers of columns, and the rows fit.
    public mutating func replaceRows(from row: Int, with source: borrowing Matrix) {
        precondition(source.columns == columns)
        precondition(row >= 0 && row <= rows && source.rows <= rows - row)
        unsafe (base + row * columns).update(from: source.base, count: source.count)
    }

    /// The transpose, `columns` × `rows`.
    public func transposed() -> Matrix { transposedBlock(of: self, columns: 0..<columns) }

    /// A matrix whose column `i` is this one's column `permutation[i]`.
    ///
    /// - Precondition: `permutation` holds each of `0..<columns` exactly once.
    public func permutingColumns(_ permutation: [Int]) -> Matrix {
        let indices = checkedIndices(permutation, count: columns)
        let result = Matrix(uninitializedRows: rows, columns: columns)
        for r in 0..<rows {
            let offset = r * columns
            unsafe ck_gather(base + offset, indices, result.base + offset, columns)
        }
        return result
    }

    /// A matrix whose element (i, j) is this one's (permutation[i], permutation[j]).
    ///
    /// - Precondition: the matrix is square; `permutation` holds each of `0..<rows` exactly once.
    public func permutingRowsAndColumns(_ permutation: [Int]) -> Matrix {
        precondition(rows == columns)
        let indices = checkedIndices(permutation, count: columns)
        let result = Matrix(uninitializedRows: rows, columns: columns)
        for r in 0..<rows {
            let source = unsafe base + permutation[r] * columns
            unsafe ck_gather(source, indices, result.base + r * columns, columns)
        }
        return result
    }

    private func checkedIndices(_ permutation: [Int], count: Int) -> [Int32] {
        precondition(permutation.count == count)
        var seen = [Bool](repeating: false, count: count)
        for index in permutation {
            precondition(index >= 0 && index < count)
            precondition(!seen[index])
            seen[index] = true
        }
        return permutation.map(Int32.init)
    }
}

/// The given columns of a matrix of R rows as a transposed block, `columns.count` × R.
///
/// A sweep over columns works on such blocks: each column of the weight is contiguous in them.
/// - Precondition: the range lies in `0..<matrix.columns`.
public func transposedBlock(of matrix: borrowing Matrix, columns: Range<Int>) -> Matrix {
    precondition(columns.lowerBound >= 0 && columns.upperBound <= matrix.columns)
    let block = Matrix(uninitializedRows: columns.count, columns: matrix.rows)
    unsafe ck_transpose(
        matrix.base + columns.lowerBound,
        matrix.columns,
        block.base,
        matrix.rows,
        matrix.rows,
        columns.count
    )
    return block
}

/// Writes a transposed block (`columns.count` × R) over the given columns of a matrix of R rows.
///
/// - Precondition: the range lies in `0..<matrix.columns` and the shapes agree.
public func storeTransposed(
    _ block: borrowing Matrix,
    into matrix: inout Matrix,
    columns: Range<Int>
) {
    precondition(columns.lowerBound >= 0 && columns.upperBound <= matrix.columns)
    precondition(block.rows == columns.count)
    precondition(block.columns == matrix.rows)
    unsafe ck_transpose(
        block.base,
        block.columns,
        matrix.base + columns.lowerBound,
        matrix.columns,
        block.rows,
        block.columns
    )
}
