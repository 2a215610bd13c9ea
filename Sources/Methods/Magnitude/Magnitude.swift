import Linalg

/// Zeroes the weights of smallest magnitude, by default among all weights of the matrix.
///
/// With the matrix as competition the published threshold prunes one weight more than
/// floor(count * fraction), and all that tie with it.
func pruneByMagnitude(
    _ weight: consuming Matrix, options: SparsityOptions, layer: String
) throws(MethodError) -> CompressedLayer {
    prune(
        &weight, columnScale: [Float](repeating: 1, count: weight.columns),
        pattern: options.pattern, granularity: options.granularity ?? .matrix)
    return try CompressedLayer(weight: weight, layer: layer)
}
