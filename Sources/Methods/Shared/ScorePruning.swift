import Linalg

/// Zeroes the weights with the smallest scores `|weight| * columnScale`, without compensation.
///
/// - parameter columnScale: a factor for each input, not negative.
func prune(
    _ weight: inout Matrix, columnScale: [Float], pattern: SparsityOptions.Pattern,
    granularity: SparsityOptions.Granularity
) {
    precondition(columnScale.count == weight.columns)
    let rowsAtOnce: Int
    switch (pattern, granularity) {
    case (.unstructured, .matrix): rowsAtOnce = weight.rows
    case (.unstructured, .row), (.structured, _): rowsAtOnce = 1
    }
    let count = rowsAtOnce * weight.columns
    var scores = [Float](repeating: 0, count: count)
    var mask = [Bool](repeating: false, count: count)
    for first in stride(from: 0, to: weight.rows, by: rowsAtOnce) {
        for row in 0..<rowsAtOnce {
            var target = scores.mutableSpan
            score(
                weight.row(first + row), scale: columnScale.span, into: &target,
                from: row * weight.columns)
        }
        var marks = mask.mutableSpan
        mark(scores.span, pattern: pattern, granularity: granularity, mask: &marks)
        var elements = weight.mutableElements
        zero(&elements, from: first * columnScale.count, where: mask.span)
    }
}

/// scores[offset + i] = |row[i]| * scale[i].
private func score(
    _ row: Span<Float>, scale: Span<Float>, into scores: inout MutableSpan<Float>,
    from offset: Int
) {
    for i in row.indices { scores[offset + i] = abs(row[i]) * scale[i] }
}

private func mark(
    _ scores: Span<Float>, pattern: SparsityOptions.Pattern,
    granularity: SparsityOptions.Granularity, mask: inout MutableSpan<Bool>
) {
    switch (pattern, granularity) {
    case (.unstructured(let fraction), .matrix):
        markThreshold(scores, fraction: fraction, mask: &mask)
    case (.unstructured(let fraction), .row):
        markSmallest(Int(Double(scores.count) * fraction), of: scores, mask: &mask)
    case (.structured(let pruned, let width), _):
        markSmallest(pruned, ofEach: width, in: scores, mask: &mask)
    }
}

private func zero(
    _ elements: inout MutableSpan<Float>, from offset: Int, where mask: Span<Bool>
) {
    for i in mask.indices where mask[i] { elements[offset + i] = 0 }
}
