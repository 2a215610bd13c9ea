import Linalg

/// Quantises column by column and lets the later columns compensate (arXiv 2210.17323).
///
/// The order of steps is the published one: parameters of whole rows come from the weights
/// before dead columns are zeroed, those of static groups after that, those of other groups from
/// the compensated weights when their first column comes.
func gptq(
    _ weight: consuming Matrix, options: QuantizationOptions, factor: borrowing InverseFactor,
    layer: String
) throws(MethodError) -> CompressedLayer {
    let inputs = weight.columns
    var chooser = ColumnQuantizer(
        outputs: weight.rows, inputs: inputs, options: options, permutation: factor.permutation,
        factor: factor.factor)
    chooser.fitWholeRows(from: weight)
    zeroColumns(factor.dead, of: &weight)
    chooser.fitStaticGroups(from: weight)

    var working = ordered(weight, by: factor.permutation)
    let sweep = ColumnSweep(
        columns: inputs, blockSize: options.blockSize, unit: chooser.columnsFittedAtOnce)
    let error = sweep.run(&working, factor: factor.factor, chooser: &chooser)
    let groupIndex = chooser.groupIndex
    return try CompressedLayer(
        weight: restored(working, from: factor.permutation), quantized: chooser.quantized,
        groupIndex: groupIndex, squaredErrorDamped: error, layer: layer)
}
