public import Domain
import Linalg

extension GPTQTensors {
    /// Reads a layer back.
    ///
    /// - Parameters:
    ///   - layer: the layer's name, without `.weight`.
    ///   - tensors: the layer's tensors; others are not looked at.
    ///   - scheme: what the configuration says of the layer. Its activation order only says
    ///     whether `g_idx` must be there, whose numbers decide: natural ones give `none`.
    ///   - checkpointFormat: how zero codes are stored.
    /// - Returns: the layer, its scales in the type they are stored in.
    /// - Throws: `CheckpointError.malformedLayer` when tensors are missing, of other types or
    ///   shapes than the scheme asks for, or hold numbers out of range; and in version 1 when a
    ///   zero code is stored as the largest number, on which readers disagree.
    public static func read(
        layer: String, tensors: [StoredTensor], scheme: QuantizationScheme,
        checkpointFormat: CheckpointFormat
    ) throws(CheckpointError) -> QuantizedLinear {
        let parts = LayerTensors(layer, tensors)
        let (outputs, inputs) = try extents(parts, bits: scheme.bits)
        let groups = scheme.groupCount(inputs: inputs)
        let packing = BitPacking(bits: scheme.bits)
        let codes = try parts.tensor("qweight", ["I32"])
        let zeros = try parts.tensor(
            "qzeros", ["I32"], shape: [groups, packing.wordCount(outputs)])
        let scales = try parts.tensor(
            "scales", LayerTensors.scaleTypes, shape: [groups, outputs])
        guard let type = ElementType(rawValue: scales.form.elementType) else {
            throw parts.wrong("the type of its scales is unknown")
        }
        let index = try groupIndex(parts, inputs: inputs, scheme)
        let read = QuantizationScheme(
            bits: scheme.bits, groupSize: scheme.groupSize, isSymmetric: scheme.isSymmetric,
            activationOrder: index == nil ? .none : .group)
        return try QuantizedLinear(
            outputs: outputs, inputs: inputs, scheme: read,
            codes: packing.unpack(
                words(of: codes.bytes), rows: outputs, columns: inputs, .alongRows,
                wordsRun: .downColumns),
            scales: transposed(
                decodedNumbers(scales.bytes, as: type), rows: groups, columns: outputs),
            scaleType: type,
            zeros: try zeroCodes(
                packing.unpack(
                    words(of: zeros.bytes), rows: outputs, columns: groups, .downColumns),
                parts, scheme, checkpointFormat),
            groupIndex: index, layer: layer)
    }

    private static func extents(
        _ parts: LayerTensors, bits: Int
    ) throws(CheckpointError) -> (outputs: Int, inputs: Int) {
        let shape = try parts.tensor("qweight", ["I32"]).form.shape
        guard bitsAllowed.contains(bits) else {
            throw parts.wrong("the format has 2, 3, 4 or 8 bits, not \(bits)")
        }
        guard shape.count == 2, shape[0].isMultiple(of: bits), shape[1].isMultiple(of: 32),
            shape[0] / bits <= QuantizedLinear.extentMax / 32
        else {
            throw parts.wrong(
                "the shape of its qweight is \(shape), which is no whole number of words of "
                    + "\(bits) bits")
        }
        let inputs = shape[0] / bits * 32
        try QuantizedLinear.checkExtents(outputs: shape[1], inputs: inputs, layer: parts.layer)
        return (shape[1], inputs)
    }

    private static func zeroCodes(
        _ stored: [UInt8], _ parts: LayerTensors, _ scheme: QuantizationScheme,
        _ format: CheckpointFormat
    ) throws(CheckpointError) -> [UInt8] {
        guard format == .v1 else { return stored }
        // The writers leave different bits for 0 − 1, some of them in the neighbours' places.
        guard !stored.contains(scheme.maximumCode) else {
            throw parts.wrong(
                "a zero code is stored as \(scheme.maximumCode), which readers of version 1 take "
                    + "for 0 or for \(Int(scheme.maximumCode) + 1); quantise the model again in "
                    + "the format gptq_v2")
        }
        return stored.map { $0 + 1 }
    }

    /// The groups of the columns, or nil when they are the natural ones or there is no `g_idx`.
    private static func groupIndex(
        _ parts: LayerTensors, inputs: Int, _ scheme: QuantizationScheme
    ) throws(CheckpointError) -> [Int32]? {
        guard parts.has("g_idx") || scheme.activationOrder == .group else { return nil }
        let index = try parts.tensor("g_idx", ["I32"], shape: [inputs]).integers
        let width = scheme.groupSize ?? inputs
        guard index.enumerated().contains(where: { $0.element != $0.offset / width }) else {
            return nil
        }
        return index.map { Int32(truncatingIfNeeded: $0) }
    }
}
