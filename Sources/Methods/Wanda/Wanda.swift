import Linalg

/// Zeroes the weights of smallest |weight| * ||input||, by default in each output by itself
/// (arXiv 2306.11695).
///
/// - parameter gramDiagonal: the sum of squares of each input, times any positive constant.
func pruneByActivation(
    _ weight: consuming Matrix, options: SparsityOptions, gramDiagonal: Span<Float>,
    layer: String
) throws(MethodError) -> CompressedLayer {
    guard gramDiagonal.count == weight.columns else {
        throw .dimensionMismatch(
            layer: layer, input: "the Gram diagonal", expected: weight.columns,
            found: gramDiagonal.count)
    }
    var norms = [Float](repeating: 0, count: gramDiagonal.count)
    for i in gramDiagonal.indices {
        guard gramDiagonal[i] >= 0, gramDiagonal[i].isFinite else {
            throw .statisticsNotFinite(layer: layer, input: "the Gram diagonal")
        }
        norms[i] = gramDiagonal[i].squareRoot()
    }
    // As for an inverse factor: scores of nothing but zeros would rank the weights at random.
    guard norms.contains(where: { $0 > 0 }) else {
        throw .allColumnsDead(layer: layer, dimension: norms.count)
    }
    prune(
        &weight, columnScale: norms, pattern: options.pattern,
        granularity: options.granularity ?? .row)
    return try CompressedLayer(weight: weight, layer: layer)
}
