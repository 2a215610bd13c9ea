import Linalg

/// Rounds every weight to the nearest value of its group's grid.
///
/// The usual baseline: it needs no data and compensates nothing, so its error is what the other
/// quantisers must beat.
func roundToNearest(
    _ weight: consuming Matrix, options: QuantizationOptions, layer: String
) throws(MethodError) -> CompressedLayer {
    let inputs = weight.columns
    let width = options.groupSize ?? inputs
    var quantized = QuantizedColumns(outputs: weight.rows, inputs: inputs, options: options)
    var rounded = Matrix(rows: weight.rows, columns: inputs)
    for group in 0..<quantized.groups {
        let columns = group * width..<min((group + 1) * width, inputs)
        quantized.fit(group: group, from: weight, columns: columns)
    }
    for output in 0..<weight.rows {
        var values = rounded.mutableRow(output)
        quantized.quantize(row: weight.row(output), output: output, width: width, into: &values)
    }
    return try CompressedLayer(weight: rounded, quantized: quantized, layer: layer)
}
