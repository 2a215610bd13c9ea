internal import CKernels

/// Softmax attention of sequences in which token t sees the tokens 0...t (arXiv 1706.03762),
/// with `heads` query heads sharing `keyValueHeads` heads of keys and values (arXiv 2305.13245).
///
/// The T tokens are sequences of L = `sequenceLength`, one after another. Queries and out are
/// T × heads · headDimension, keys and values T × keyValueHeads · headDimension; query head h
/// reads key-value head h / (heads / keyValueHeads). Scores are `scale` · q · k. Goes by tiles of
/// 128 queries, each against the keys it may see; scratch is 128 × L floats.
/// - Precondition: `heads` is a multiple of `keyValueHeads`, T one of L, and shapes that agree.
public func causalAttention(
    queries: borrowing Matrix,
    keys: borrowing Matrix,
    values: borrowing Matrix,
    heads: Int,
    keyValueHeads: Int,
    headDimension: Int,
    sequenceLength: Int,
    scale: Float,
    into out: inout Matrix
) {
    precondition(headDimension >= 0)
    precondition(keyValueHeads > 0 && heads.isMultiple(of: keyValueHeads))
    precondition(queries.columns == heads * headDimension)
    precondition(keys.columns == keyValueHeads * headDimension)
    precondition(values.columns == keys.columns)
    precondition(keys.rows == queries.rows)
    precondition(values.rows == queries.rows)
    precondition(out.rows == queries.rows)
    precondition(out.columns == queries.columns)
    guard queries.rows > 0 else { return }
    let length = sequenceLength
    precondition(length > 0 && queries.rows.isMultiple(of: length))
    var scores = Matrix(
        uninitializedRows: min(AttentionTile.rowsMax, length), columns: length)
    let sharing = heads / keyValueHeads
    for first in stride(from: 0, to: queries.rows, by: length) {
        for head in 0..<heads {
            for start in stride(from: 0, to: length, by: AttentionTile.rowsMax) {
                let tile = AttentionTile(
                    first: first,
                    queries: start..<min(start + AttentionTile.rowsMax, length),
                    column: head * headDimension,
                    sharedColumn: head / sharing * headDimension,
                    headDimension: headDimension
                )
                tile.score(queries, keys, scale: scale, into: &scores)
                tile.normalise(&scores)
                tile.combine(values, weights: scores, into: &out)
            }
        }
    }
}

/// Some queries of one head against all the keys that any of them sees.
private struct AttentionTile {
    /// Enough rows for a fast product, few enough that little is computed above the diagonal.
    static let rowsMax = 128

    /// Row of the sequence's first token.
    let first: Int
    /// The tokens that ask, counted from the sequence's first.
    let queries: Range<Int>
    /// First column of the head in queries and output.
    let column: Int
    /// First column of its head in keys and values.
    let sharedColumn: Int
    let headDimension: Int

    /// Keys that the tile's last query sees; the scores use this as their row stride.
    var keyCount: Int { queries.upperBound }

    func score(
        _ q: borrowing Matrix,
        _ k: borrowing Matrix,
        scale: Float,
        into scores: inout Matrix
    ) {
        unsafe generalProduct(
            queries.count,
            keyCount,
            headDimension,
            alpha: scale,
            Operand(
                q.base + (first + queries.lowerBound) * q.columns + column, stride: q.columns),
            Operand(
                k.base + first * k.columns + sharedColumn, stride: k.columns, isTransposed: true),
            beta: 0,
            scores.base,
            stride: keyCount
        )
    }

    func normalise(_ scores: inout Matrix) {
        for r in 0..<queries.count {
            unsafe ck_softmax_row(
                scores.base + r * keyCount,
                queries.lowerBound + r + 1,
                keyCount
            )
        }
    }

    func combine(_ v: borrowing Matrix, weights: borrowing Matrix, into out: inout Matrix) {
        unsafe generalProduct(
            queries.count,
            headDimension,
            keyCount,
            alpha: 1,
            Operand(weights.base, stride: keyCount),
            Operand(v.base + first * v.columns + sharedColumn, stride: v.columns),
            beta: 0,
            out.base + (first + queries.lowerBound) * out.columns + column,
            stride: out.columns
        )
    }
}

/// Softmax of the first `valid` elements of a row, in place; the others become 0.
///
/// - Precondition: `valid` is in `1...row.count`.
public func softmax(_ row: inout MutableSpan<Float>, valid: Int) {
    precondition(valid >= 1 && valid <= row.count)
    unsafe row.withUnsafeMutableBufferPointer {
        unsafe ck_softmax_row($0.baseAddress, valid, $0.count)
    }
}
