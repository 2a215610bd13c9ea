import Linalg

/// Zeroes weights column by column and lets the later columns compensate (arXiv 2301.00774).
///
/// The mask of an unstructured pattern is decided for a mask block at a time, that of an n:m
/// pattern for each aligned group, from the weights compensated so far.
func sparseGPT(
    _ weight: consuming Matrix, options: SparsityOptions, factor: borrowing InverseFactor,
    layer: String
) throws(MethodError) -> CompressedLayer {
    zeroColumns(factor.dead, of: &weight)
    var chooser = ColumnPruner(
        outputs: weight.rows, inputs: weight.columns, options: options, factor: factor.factor)
    // Scores need the whole mask block in the current lazy block, so that must not be smaller.
    let unit = chooser.columnsMaskedAtOnce
    let sweep = ColumnSweep(
        columns: weight.columns, blockSize: max(options.blockSize, unit), unit: unit)
    let error = sweep.run(&weight, factor: factor.factor, chooser: &chooser)
    return try CompressedLayer(weight: weight, squaredErrorDamped: error, layer: layer)
}
