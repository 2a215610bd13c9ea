public import Domain
import Linalg

/// The tensors of quantised layers, whatever the format.
public enum QuantizedForms {
    /// The tensors that a layer will have, before its numbers are known.
    ///
    /// - Parameters:
    ///   - layer: the layer's name, without `.weight`.
    ///   - outputs: rows of the weight.
    ///   - inputs: columns of the weight.
    ///   - scheme: bits, groups and symmetry.
    ///   - scaleType: the scales' element type, "F16"; GPTQ's is that whatever is asked for.
    ///   - format: one that keeps codes.
    /// - Returns: the forms, in the order of ``tensors(of:named:in:)``.
    /// - Throws: `CheckpointError.unwritableLayer` when the format cannot hold the layer.
    public static func forms(
        of layer: String, outputs: Int, inputs: Int, scheme: QuantizationScheme,
        scaleType: String, in format: OutputFormat
    ) throws(CheckpointError) -> [TensorForm] {
        switch format {
        case .compressedTensors:
            guard let type = ElementType(rawValue: scaleType) else {
                throw .unwritableLayer(
                    layer: layer, format: format.rawValue,
                    reason: "its weight is \(scaleType), and scales are F32, F16 or BF16")
            }
            return try PackQuantized.forms(
                of: layer, outputs: outputs, inputs: inputs, scheme: scheme, scaleType: type)
        case .gptq, .gptqV2:
            return try GPTQTensors.forms(
                of: layer, outputs: outputs, inputs: inputs, scheme: scheme)
        case .dense: preconditionFailure("a dense layer has no codes")
        }
    }

    /// The tensors of a layer.
    ///
    /// Zero codes of 0 are raised for version 1 of GPTQ, see ``QuantizedLinear/raisingZeros()``.
    /// - Throws: as ``forms(of:outputs:inputs:scheme:scaleType:in:)``, and for scales that are not
    ///   of the format's type.
    public static func tensors(
        of linear: QuantizedLinear, named layer: String, in format: OutputFormat
    ) throws(CheckpointError) -> [StoredTensor] {
        switch format {
        case .compressedTensors: return try PackQuantized.tensors(of: linear, named: layer)
        case .gptqV2:
            return try GPTQTensors.tensors(of: linear, named: layer, checkpointFormat: .v2)
        case .gptq:
            return try GPTQTensors.tensors(
                of: linear.raisingZeros().layer, named: layer, checkpointFormat: .v1)
        case .dense: preconditionFailure("a dense layer has no codes")
        }
    }
}
