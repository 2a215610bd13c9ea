import Domain
import Foundation
import Linalg

extension DenseModel {
    /// Reads a GGUF file's header.
    ///
    /// - Throws: `CheckpointError` for architectures, tokenizers and tensors that have no known
    ///   form as a Hugging Face folder.
    public init(_ file: GGUFFile) throws(CheckpointError) {
        let model = try GGUFModel(reading: file.header)
        var forms: [TensorForm] = []
        for tensor in file.header.tensors {
            func wrong(_ reason: String) -> CheckpointError {
                .malformedTensor(file: tensor.file, tensor: tensor.name, reason: reason)
            }
            guard tensor.shape.allSatisfy({ $0 > 0 }) else {
                throw wrong("its shape \(tensor.shape) has no elements")
            }
            if let rows = model.movedRows(reading: tensor.name), tensor.shape.first != rows {
                throw wrong(
                    "its \(tensor.shape.first ?? 0) rows are not those of the heads, \(rows)")
            }
            guard let change = model.change(reading: tensor.name) else {
                throw .noGGUFForm(
                    reason: "its tensor \(tensor.name.prefix(80)) has no place in a "
                        + "\(model.architecture.rawValue) model")
            }
            guard let type = GGUFTensorType(rawValue: tensor.elementType),
                type.elementType != nil || type.blockFormat != nil
            else {
                throw wrong(
                    "its type \(tensor.elementType) cannot be converted to Float32 here")
            }
            forms.append(
                TensorForm(
                    name: change.name, elementType: (type.elementType ?? .float32).rawValue,
                    shape: tensor.shape))
        }
        let vocabulary = try GGUFVocabulary(
            metadata: file.header.metadata, file: file.url.lastPathComponent)
        guard vocabulary.tokens.count <= model.vocabularySize else {
            throw .malformedGGUF(
                file: file.url.lastPathComponent,
                reason: "it has \(vocabulary.tokens.count) tokens and its embedding "
                    + "\(model.vocabularySize) rows")
        }
        let names = Set(forms.map(\.name))
        self.init(
            forms: forms,
            configuration: model.configuration(
                roles: vocabulary.roles, hasTensor: names.contains),
            madeFiles: [
                ("tokenizer.json", vocabulary.tokenizerFile.encoded() + [0x0A]),
                (
                    "tokenizer_config.json",
                    vocabulary.tokenizerConfiguration.encoded() + [0x0A]
                ),
            ], carriedFiles: [], origin: .gguf(file, model))
    }

    static func bytes(
        of form: TensorForm, _ file: GGUFFile, _ model: GGUFModel
    ) throws(CheckpointError) -> [UInt8] {
        guard let there = model.change(writing: form.name), let tensor = file.tensor(there.name),
            let back = model.change(reading: there.name),
            let type = ElementType(rawValue: form.elementType)
        else { preconditionFailure("\(form.name) is no tensor of the model") }
        let isBlocks = GGUFTensorType(rawValue: tensor.elementType)?.blockFormat != nil
        guard isBlocks || back.addend != 0 else {
            return back.reorderingRows(of: try file.bytes(of: tensor))
        }
        var values = try file.matrix(of: tensor)
        if back.addend != 0 {
            var target = values.mutableElements
            for i in target.indices { target[i] += back.addend }
        }
        return back.reorderingRows(of: values.encoded(as: type))
    }
}
