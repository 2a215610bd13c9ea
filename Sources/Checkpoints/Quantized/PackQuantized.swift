public import Domain
public import Linalg

/// The tensors that compressed-tensors' format `pack-quantized` keeps instead of `P.weight`.
///
/// Codes are packed along the inputs, zero codes along the outputs, in dense streams. For 2, 4
/// and 8 bits all versions of the library agree; for other widths versions before 0.17.0 put
/// whole codes into words, which is read here and never written. vLLM loads 4 and 8 bits.
///
/// Pruned layers have no tensors of their own: current readers no longer know the sparse layouts,
/// so zeros are stored densely in `P.weight` and the configuration says nothing about them.
public enum PackQuantized {
    /// The format's name in a configuration.
    public static let name = "pack-quantized"
    /// The first version of the library whose codes go on in the next word, for every width.
    static let denseSince = (major: 0, minor: 17)

    /// The tensors that a layer will have, before its numbers are known.
    ///
    /// - Parameters:
    ///   - layer: the layer's name, without `.weight`.
    ///   - outputs: rows of the weight.
    ///   - inputs: columns of the weight, a multiple of the group size.
    ///   - scheme: bits, groups and symmetry.
    ///   - scaleType: the scales' type; loaders expect the model's own.
    /// - Returns: the forms, in the order of ``tensors(of:named:)``.
    /// - Throws: `CheckpointError.unwritableLayer` for a short last group and for columns that
    ///   carry a group index; `malformedLayer` for extents beyond the limits.
    public static func forms(
        of layer: String, outputs: Int, inputs: Int, scheme: QuantizationScheme,
        scaleType: ElementType
    ) throws(CheckpointError) -> [TensorForm] {
        try QuantizedLinear.checkExtents(outputs: outputs, inputs: inputs, layer: layer)
        try checkWritable(layer, inputs: inputs, scheme: scheme)
        let packing = BitPacking(bits: scheme.bits)
        let groups = scheme.groupCount(inputs: inputs)
        var forms = [
            TensorForm(
                name: layer + ".weight_packed", elementType: "I32",
                shape: [outputs, packing.wordCount(inputs)]),
            TensorForm(
                name: layer + ".weight_scale", elementType: scaleType.rawValue,
                shape: [outputs, groups]),
            TensorForm(name: layer + ".weight_shape", elementType: "I64", shape: [2]),
        ]
        if !scheme.isSymmetric {
            forms.append(
                TensorForm(
                    name: layer + ".weight_zero_point", elementType: "I32",
                    shape: [packing.wordCount(outputs), groups]))
        }
        return forms
    }

    /// The tensors of a layer: packed codes, scales, shape, and zero codes of an asymmetric grid.
    ///
    /// - Throws: as ``forms(of:outputs:inputs:scheme:scaleType:)``.
    public static func tensors(
        of linear: QuantizedLinear, named layer: String
    ) throws(CheckpointError) -> [StoredTensor] {
        let (outputs, inputs) = (linear.outputs, linear.inputs)
        let forms = try forms(
            of: layer, outputs: outputs, inputs: inputs, scheme: linear.scheme,
            scaleType: linear.scaleType)
        let packing = BitPacking(bits: linear.scheme.bits)
        var bytes = [
            wordBytes(packing.pack(linear.codes, rows: outputs, columns: inputs, .alongRows)),
            encodedNumbers(linear.scales, as: linear.scaleType),
            // Two 64-bit integers below 2^32: each is its low word and a word of zeros.
            wordBytes([UInt32(outputs), 0, UInt32(inputs), 0]),
        ]
        if !linear.scheme.isSymmetric {
            let words = packing.pack(
                linear.zeros, rows: outputs, columns: linear.groups, .downColumns,
                wordsRun: .downColumns)
            bytes.append(wordBytes(words))
        }
        return zip(forms, bytes).map { StoredTensor($0, bytes: $1) }
    }

    private static func checkWritable(
        _ layer: String, inputs: Int, scheme: QuantizationScheme
    ) throws(CheckpointError) {
        if scheme.activationOrder == .group {
            throw .unwritableLayer(
                layer: layer, format: name,
                reason: "its groups are runs of sorted columns, which loaders since 0.20 refuse; "
                    + "compress with the static act-order, or write the GPTQ format")
        }
        if let size = scheme.groupSize, !inputs.isMultiple(of: size) {
            throw .unwritableLayer(
                layer: layer, format: name,
                reason: "\(inputs) inputs are no multiple of the group size \(size); choose a "
                    + "size that divides them, or one group for each output")
        }
    }
}
