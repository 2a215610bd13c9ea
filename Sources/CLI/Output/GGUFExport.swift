import Checkpoints
import Domain
import Foundation

/// Writes a model as a GGUF file; matrices go into blocks by plain rounding.
struct GGUFExport {
    /// The element types and block formats that can be asked for.
    static let types = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]

    let model: DenseModel
    /// Where the tokenizer's files are.
    let folder: URL
    let type: String

    func write(_ goal: URL, progress: ProgressLine) throws {
        let plan = try GGUFModel(
            configuration: JSONValue.parse(model.configuration, file: "config.json"))
        guard let wanted = GGUFTensorType(rawValue: type) else {
            throw CommandFailure(.usage, "There is no type “\(type)”.")
        }
        var metadata = plan.metadata(
            name: goal.deletingPathExtension().lastPathComponent, fileType: wanted)
        metadata.merge(try vocabulary(size: plan.vocabularySize).metadata)
        var tensors: [(name: String, type: GGUFTensorType, shape: [Int])] = []
        var forms: [String: TensorForm] = [:]
        for form in model.forms {
            guard let change = plan.change(writing: form.name) else {
                if plan.isTied, form.name == "lm_head.weight" { continue }
                if form.name.hasSuffix(".inv_freq") { continue }
                throw CommandFailure(
                    .badInput, "The tensor \(form.name) has no place in a GGUF file.")
            }
            let own = plan.keepsFloat32(form.name, shape: form.shape)
                ? GGUFTensorType.float32 : wanted.fitting(form.shape)
            tensors.append((change.name, own, form.shape))
            forms[change.name] = form
        }
        if let factors = plan.ropeFactors {
            tensors.append(("rope_freqs.weight", .float32, [factors.count]))
        }
        let layout = try GGUFLayout(
            metadata: metadata, tensors: tensors, file: goal.lastPathComponent)
        try GGUFWriter.write(layout, to: goal) { (writer) throws(CheckpointError) in
            while let next = writer.next {
                progress.show("writing \(next.name)")
                guard let form = forms[next.name] else {
                    try writer.append(plan.ropeFactorBytes, to: next.name)
                    continue
                }
                try writer.append(
                    try model.bytes(of: form, in: plan, as: next.elementType), to: next.name)
            }
        }
    }

    private func vocabulary(size: Int) throws -> GGUFVocabulary {
        func json(_ name: String) throws -> JSONValue? {
            if let made = model.madeFiles.first(where: { $0.name == name }) {
                return try JSONValue.parse(made.bytes, file: name)
            }
            let file = folder.appendingPathComponent(name)
            guard let data = try? Data(contentsOf: file) else { return nil }
            return try JSONValue.parse(Array(data), file: name)
        }
        guard let file = try json("tokenizer.json") else {
            throw CommandFailure(
                .badInput, "There is no tokenizer.json in \(folder.path), which GGUF needs.")
        }
        return try GGUFVocabulary(
            tokenizer: file, tokenizerConfiguration: try json("tokenizer_config.json"),
            configuration: JSONValue.parse(model.configuration, file: "config.json"), size: size)
    }
}
