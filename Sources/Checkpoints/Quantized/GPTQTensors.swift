public import Domain
import Linalg

/// The tensors that GPTQ checkpoints keep instead of `P.weight`.
///
/// Everything is transposed: codes are packed down the inputs, zero codes along the outputs.
public enum GPTQTensors {
    /// How zero codes are stored; the raw values are those of `checkpoint_format`.
    public enum CheckpointFormat: String, Sendable, Codable, Hashable, CaseIterable {
        /// Minus one, which leaves no place for a zero code of 0. Every loader reads it.
        case v1 = "gptq"
        /// As they are. Recent versions of GPTQModel, vLLM and SGLang read it.
        case v2 = "gptq_v2"
    }

    /// The widths that loaders know.
    public static let bitsAllowed: Set<Int> = [2, 3, 4, 8]

    /// The tensors that a layer will have, before its numbers are known.
    ///
    /// - Parameters:
    ///   - layer: the layer's name, without `.weight`.
    ///   - outputs: rows of the weight, a multiple of 32.
    ///   - inputs: columns of the weight, a multiple of 32.
    ///   - scheme: groups, symmetry, and bits of `bitsAllowed`.
    /// - Returns: the forms, in the order of ``tensors(of:named:checkpointFormat:)``.
    /// - Throws: `CheckpointError.unwritableLayer` for other extents or bits; `malformedLayer`
    ///   for extents beyond the limits.
    public static func forms(
        of layer: String, outputs: Int, inputs: Int, scheme: QuantizationScheme
    ) throws(CheckpointError) -> [TensorForm] {
        try QuantizedLinear.checkExtents(outputs: outputs, inputs: inputs, layer: layer)
        guard bitsAllowed.contains(scheme.bits) else {
            throw unwritable(layer, "loaders know 2, 3, 4 and 8 bits, not \(scheme.bits)")
        }
        guard outputs.isMultiple(of: 32), inputs.isMultiple(of: 32) else {
            throw unwritable(
                layer,
                "\(outputs) outputs and \(inputs) inputs must both be multiples of 32; leave the "
                    + "layer as it is, or write another format")
        }
        let groups = scheme.groupCount(inputs: inputs)
        return [
            TensorForm(
                name: layer + ".qweight", elementType: "I32",
                shape: [inputs / 32 * scheme.bits, outputs]),
            TensorForm(
                name: layer + ".qzeros", elementType: "I32",
                shape: [groups, outputs / 32 * scheme.bits]),
            TensorForm(name: layer + ".scales", elementType: "F16", shape: [groups, outputs]),
            TensorForm(name: layer + ".g_idx", elementType: "I32", shape: [inputs]),
        ]
    }

    /// The tensors of a layer: packed codes, zero codes, scales, and the group of each input.
    ///
    /// - Throws: as ``forms(of:outputs:inputs:scheme:)``, and for scales that are not F16, and in
    ///   version 1 for a zero code of 0: see ``QuantizedLinear/raisingZeros()``.
    public static func tensors(
        of linear: QuantizedLinear, named layer: String, checkpointFormat: CheckpointFormat
    ) throws(CheckpointError) -> [StoredTensor] {
        let (outputs, inputs, groups) = (linear.outputs, linear.inputs, linear.groups)
        let forms = try forms(
            of: layer, outputs: outputs, inputs: inputs, scheme: linear.scheme)
        guard linear.scaleType == .float16 else {
            throw unwritable(
                layer,
                "its scales are \(linear.scaleType.rawValue) and the format's are F16; choose its "
                    + "codes for F16 scales")
        }
        let zeros: [UInt8]
        switch checkpointFormat {
        case .v2: zeros = linear.zeros
        case .v1:
            guard !linear.zeros.contains(0) else {
                throw unwritable(
                    layer,
                    "version 1 stores zero codes minus one and it has one of 0; raise its zero "
                        + "codes, or write gptq_v2")
            }
            zeros = linear.zeros.map { $0 - 1 }
        }
        let packing = BitPacking(bits: linear.scheme.bits)
        let codeWords = packing.pack(
            linear.codes, rows: outputs, columns: inputs, .alongRows, wordsRun: .downColumns)
        let zeroWords = packing.pack(zeros, rows: outputs, columns: groups, .downColumns)
        let scales = transposed(linear.scales, rows: outputs, columns: groups)
        let bytes = [
            wordBytes(codeWords), wordBytes(zeroWords), encodedNumbers(scales, as: .float16),
            int32Bytes(linear.groupOfInput),
        ]
        return zip(forms, bytes).map { StoredTensor($0, bytes: $1) }
    }

    private static func unwritable(_ layer: String, _ reason: String) -> CheckpointError {
        .unwritableLayer(layer: layer, format: "GPTQ", reason: reason)
    }

    /// rows × columns numbers as columns × rows.
    static func transposed(_ numbers: [Float], rows: Int, columns: Int) -> [Float] {
        var result = [Float](repeating: 0, count: numbers.count)
        for row in 0..<rows {
            for column in 0..<columns {
                result[column * rows + row] = numbers[row * columns + column]
            }
        }
        return result
    }
}

extension QuantizedLinear {
    /// The same layer without zero codes of 0, which version 1 of the GPTQ format cannot store.
    ///
    /// Each group whose zero code is 0 moves up by one code. Its weights stay what they are, but
    /// for those that had the largest code already: they lose one step.
    /// - Returns: the layer, and how many weights have lost a step.
    public func raisingZeros() -> (layer: QuantizedLinear, clipped: Int) {
        guard zeros.contains(0) else { return (self, 0) }
        let groupOfInput = groupOfInput
        var codes = codes
        var clipped = 0
        for output in 0..<outputs {
            for input in 0..<inputs {
                guard zeros[output * groups + Int(groupOfInput[input])] == 0 else { continue }
                let place = output * inputs + input
                if codes[place] == scheme.maximumCode {
                    clipped += 1
                } else {
                    codes[place] += 1
                }
            }
        }
        return (replacing(codes: codes, zeros: zeros.map { max($0, 1) }), clipped)
    }
}
