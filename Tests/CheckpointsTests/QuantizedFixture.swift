import Checkpoints
import Domain
import Foundation
import Linalg

/// One of the quantised checkpoints that scripts/make-quantized-fixtures makes.
struct QuantizedFixture {
    static let formats = ["pack-quantized", "gptq", "gptq_v2"]

    let folder: HuggingFaceFolder
    let checkpoint: QuantizedCheckpoint
    private let data: [UInt8]

    init(_ name: String) throws {
        let url = fixture("Quantized/\(name)")
        folder = try HuggingFaceFolder.open(at: url)
        guard let found = try QuantizedCheckpoint.recognise(folder) else {
            throw CheckpointError.incompleteFolder(folder: name, reason: "it is dense")
        }
        checkpoint = found
        data = try bytes(of: url.appendingPathComponent("model.safetensors"))
    }

    func read(_ tensor: TensorReference) -> [UInt8] { Array(data[tensor.byteRange]) }

    func linear(_ layer: String) throws -> QuantizedLinear {
        try checkpoint.linear(layer) { (tensor) throws(CheckpointError) in read(tensor) }
    }

    /// The layer's tensors as they stand in the file.
    func stored(_ layer: String) -> [StoredTensor] {
        checkpoint.tensors(of: layer).map { StoredTensor($0.form, bytes: read($0)) }
    }

    /// What the reference libraries made of a layer: "codes", "zeros" or "values".
    func golden(_ layer: String, _ what: String) throws -> [UInt8] {
        guard let tensor = folder.tensors.first(where: { $0.name == "golden.\(layer).\(what)" })
        else { throw CheckpointError.incompleteFolder(folder: layer, reason: what) }
        return read(tensor)
    }
}

/// A valid layer with pseudo-random numbers.
func randomLinear(
    outputs: Int, inputs: Int, scheme: QuantizationScheme, scaleType: ElementType = .float16,
    leastZero: UInt8 = 0, seed: UInt64
) throws -> QuantizedLinear {
    var generator = SplitMix64(seed: seed)
    let groups = scheme.groupCount(inputs: inputs)
    let range = leastZero...scheme.maximumCode
    var index: [Int32]?
    if scheme.activationOrder == .group {
        index = (0..<inputs).map { Int32($0 * 7 % inputs / (scheme.groupSize ?? inputs)) }
    }
    return try QuantizedLinear(
        outputs: outputs, inputs: inputs, scheme: scheme,
        codes: (0..<outputs * inputs).map { _ in
            .random(in: 0...scheme.maximumCode, using: &generator)
        },
        scales: (0..<outputs * groups).map { _ in .random(in: 0.001..<1, using: &generator) },
        scaleType: scaleType,
        zeros: scheme.isSymmetric
            ? nil : (0..<outputs * groups).map { _ in .random(in: range, using: &generator) },
        groupIndex: index, layer: "test")
}
