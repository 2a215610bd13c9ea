import Blobs
import Checkpoints
import Domain
import Linalg
import Methods

/// The codes of a quantised layer, as the formats of the job keep them.
enum LayerCodes {
    /// The layer's numbers with stored scales.
    static func linear(
        _ compressed: borrowing CompressedLayer, _ wanted: CodeOutputs, layer: String
    ) throws -> QuantizedLinear {
        guard let codes = compressed.codes, let scales = compressed.scales,
            let zeros = compressed.zeros, let type = ElementType(rawValue: wanted.scaleType)
        else {
            throw TaskError.data("\(layer) has no codes, and the job asks for them.")
        }
        let hasIndex = wanted.scheme.activationOrder == .group
        return try QuantizedLinear(
            outputs: compressed.weight.rows, inputs: compressed.weight.columns,
            scheme: wanted.scheme, codes: codes, scales: scales, scaleType: type,
            zeros: zeros.map { UInt8($0) },
            groupIndex: hasIndex ? compressed.groupIndex : nil, layer: layer)
    }

    /// Writes one output for each tensor of each format.
    static func write(
        _ linear: QuantizedLinear, _ formats: [OutputFormat], layer: String,
        _ context: TaskContext
    ) throws {
        var ended: [(writer: BlobWriter, output: String)] = []
        for format in formats {
            for tensor in try QuantizedForms.tensors(of: linear, named: layer, in: format) {
                let output = TaskNames.code(tensor.form.name, in: format)
                let writer = try context.writer(for: output, bytes: tensor.bytes.count)
                try writer.append(tensor.bytes)
                ended.append((writer, output))
            }
        }
        try context.finish(ended)
    }
}
