import Checkpoints
import Domain
import Foundation
import Linalg
import Models
import Tokenization

extension FuzzTarget {
    /// A folder, its layers quantised or not: whatever is read of it can be computed with, written
    /// in each format, and be read again.
    func readsFolder(_ bytes: [UInt8]) throws -> Bool {
        guard let drawn = DrawnFolder(bytes) else { return false }
        return try drawn.written { url in
            guard let folder = try? HuggingFaceFolder.open(at: url) else { return false }
            if let checkpoint = try? QuantizedCheckpoint.recognise(folder) {
                try check(checkpoint, folder)
            }
            guard let model = try? DenseModel(folder) else { return false }
            return try check(model)
        }
    }

    /// A GGUF file as a model of its own: what is read of it can be made dense, and be written.
    func readsGGUFModel(_ bytes: [UInt8]) throws -> Bool {
        try withFile(of: bytes) { url in
            guard let file = try? GGUFFile.open(at: url), let model = try? DenseModel(file) else {
                return false
            }
            for made in model.madeFiles {
                _ = try JSONValue.parse(made.bytes, file: made.name)
                if made.name == "tokenizer.json" { _ = try? Tokenizer(json: made.bytes) }
            }
            guard try check(model) else {
                throw Finding("A tensor of a GGUF file that was read cannot be made dense.")
            }
            return true
        }
    }

    private func check(_ checkpoint: QuantizedCheckpoint, _ folder: HuggingFaceFolder) throws {
        let read = { (tensor: TensorReference) throws(CheckpointError) -> [UInt8] in
            try DenseModel.read(tensor, in: folder)
        }
        _ = QuantizedCheckpointCheck(checkpoint, linears: ["a", "lm_head"]).findings(read: read)
        for layer in checkpoint.layers {
            guard let linear = try? checkpoint.linear(layer, read: read) else { continue }
            for format in [OutputFormat.compressedTensors, .gptqV2] {
                try check(linear, layer, in: format)
            }
            _ = linear.raisingZeros()
            for format in BlockFormat.allCases { _ = linear.blocks(format) }
        }
    }

    /// What is written of a layer is the same layer when read.
    private func check(
        _ linear: QuantizedLinear, _ layer: String, in format: OutputFormat
    ) throws {
        guard let tensors = try? QuantizedForms.tensors(of: linear, named: layer, in: format)
        else { return }
        let again =
            format == .compressedTensors
            ? try PackQuantized.read(
                layer: layer, tensors: tensors, scheme: linear.scheme, version: "0.17.0")
            : try GPTQTensors.read(
                layer: layer, tensors: tensors, scheme: linear.scheme, checkpointFormat: .v2)
        guard again.codes == linear.codes, again.scales == linear.scales,
            again.zeros == linear.zeros,
            again.dequantized().encoded(as: .float32)
                == linear.dequantized().encoded(as: .float32)
        else { throw Finding("A layer in \(format) is another one when read.") }
    }

    /// Every tensor as numbers and, where GGUF has a place for it, in some of its types; whether
    /// all of them could be read.
    private func check(_ model: DenseModel) throws -> Bool {
        _ = try? ArchitectureCatalogue.architecture(configuration: model.configuration)
        let configuration = try JSONValue.parse(model.configuration, file: "config.json")
        let plan = try? GGUFModel(configuration: configuration)
        var isWhole = true
        for form in model.forms {
            guard let bytes = try? model.bytes(of: form) else {
                isWhole = false
                continue
            }
            let stored = StoredElementType(rawValue: form.elementType)
            guard stored?.byteCount(ofShape: form.shape) == bytes.count else {
                throw Finding("The tensor '\(form.name)' has \(bytes.count) bytes.")
            }
            _ = try model.firstNonFinite(of: form)
            guard let plan else { continue }
            for name in ["F32", "BF16", "Q8_0", "Q4_0", "Q5_1"] {
                try check(model, form, plan, as: name)
            }
        }
        return isWhole
    }

    private func check(
        _ model: DenseModel, _ form: TensorForm, _ plan: GGUFModel, as name: String
    ) throws {
        guard let type = GGUFTensorType(rawValue: name)?.fitting(form.shape),
            let written = try? model.bytes(of: form, in: plan, as: type.rawValue)
        else { return }
        guard written.bytes.count == type.byteCount(ofShape: form.shape) else {
            throw Finding("'\(form.name)' as \(type) has \(written.bytes.count) bytes.")
        }
    }
}
