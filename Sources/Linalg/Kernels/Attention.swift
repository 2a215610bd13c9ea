internal import CKernels

/// Which tokens of its own sequence a token attends to.
public enum AttentionReach: Sendable, Hashable {
    /// Itself and all before it.
    case causal
    /// Itself and the `count - 1` tokens before it; 1 or more.
    case window(Int)
    /// Every token.
    case whole

    /// What token `query` of a sequence of `length` tokens sees.
    public func keys(of query: Int, length: Int) -> Range<Int> {
        switch self {
        case .causal: 0..<query + 1
        case .window(let count): max(0, query - count + 1)..<query + 1
        case .whole: 0..<length
        }
    }
}

/// Softmax attention within sequences (arXiv 1706.03762), with `heads` query heads sharing
/// `keyValueHeads` heads of keys and values (arXiv 2305.13245).
///
/// The T tokens are sequences of L = `sequenceLength`, one after another. Queries and out are
/// T × heads · headDimension, keys and values T × keyValueHeads · headDimension; query head h
/// reads key-value head h / (heads / keyValueHeads). Scores are `scale` · q · k. A token attends to
/// those within its `reach`; the default is itself and all before it. Goes by tiles of 128
/// queries, each against the keys that any of them sees; scratch is 128 × L floats.
/// - Precondition: `heads` is a multiple of `keyValueHeads`, T one of L, a window is positive, and
///   shapes agree.
public func attention(
    queries: borrowing Matrix,
    keys: borrowing Matrix,
    values: borrowing Matrix,
    heads: Int,
    keyValueHeads: Int,
    headDimension: Int,
    sequenceLength: Int,
    scale: Float,
    reach: AttentionReach = .causal,
    into out: inout Matrix
) {
    precondition(headDimension >= 0)
    if case .window(let count) = reach { precondition(count > 0) }
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
                let end = min(start + AttentionTile.rowsMax, length)
                let seenFirst = reach.keys(of: start, length: length).lowerBound
                let seenEnd = reach.keys(of: end - 1, length: length).upperBound
                let tile = AttentionTile(
                    first: first,
                    queries: start..<end,
                    keys: seenFirst..<seenEnd,
                    column: head * headDimension,
                    sharedColumn: head / sharing * headDimension,
                    headDimension: headDimension
                )
                tile.score(queries, keys, scale: scale, into: &scores)
                tile.normalise(&scores) { reach.keys(of: $0, length: length) }
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
    /// The tokens that at least one of them sees; the scores use their number as row stride.
    let keys: Range<Int>
    /// First column of the head in queries and output.
    let column: Int
    /// First column of its head in keys and values.
    let sharedColumn: Int
    let headDimension: Int

    func score(
        _ q: borrowing Matrix,
        _ k: borrowing Matrix,
        scale: Float,
        into scores: inout Matrix
    ) {
        unsafe generalProduct(
            queries.count,
            keys.count,
            headDimension,
            alpha: scale,
            Operand(
                q.base + (first + queries.lowerBound) * q.columns + column, stride: q.columns),
            Operand(
                k.base + (first + keys.lowerBound) * k.columns + sharedColumn, stride: k.columns,
                isTransposed: true),
            beta: 0,
            scores.base,
            stride: keys.count
        )
    }

    /// Softmax of each query's scores over the keys that it sees, and zeros for the others.
    func normalise(_ scores: inout Matrix, seen: (Int) -> Range<Int>) {
        for (r, query) in queries.enumerated() {
            let seen = seen(query)
            let hidden = seen.lowerBound - keys.lowerBound
            let row = unsafe scores.base + r * keys.count
            unsafe row.update(repeating: 0, count: hidden)
            unsafe ck_softmax_row(row + hidden, seen.count, keys.count - hidden)
        }
    }

    func combine(_ v: borrowing Matrix, weights: borrowing Matrix, into out: inout Matrix) {
        unsafe generalProduct(
            queries.count,
            headDimension,
            keys.count,
            alpha: 1,
            Operand(weights.base, stride: keys.count),
            Operand(
                v.base + (first + keys.lowerBound) * v.columns + sharedColumn, stride: v.columns),
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
