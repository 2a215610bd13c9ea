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
    /// How the embedding and the output matrix are stored.
    let embeddingType: String

    func write(_ goal: URL, progress: ProgressLine) throws {
        let plan = try GGUFModel(
            configuration: JSONValue.parse(model.configuration, file: "config.json"))
        guard let wanted = GGUFTensorType(rawValue: type),
            let outer = GGUFTensorType(rawValue: embeddingType)
        else {
            throw CommandFailure(.usage, "There is no type “\(type)” or “\(embeddingType)”.")
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
            let isOuter = ["token_embd.weight", "output.weight"].contains(change.name)
            let own = plan.keepsFloat32(form.name, shape: form.shape)
                ? GGUFTensorType.float32 : (isOuter ? outer : wanted).fitting(form.shape)
            tensors.append((change.name, own, form.shape))
            forms[change.name] = form
        }
        if let factors = plan.ropeFactors {
            tensors.append(("rope_freqs.weight", .float32, [factors.count]))
        }
        let layout = try GGUFLayout(
            metadata: metadata, tensors: tensors, file: goal.lastPathComponent)
        var codes = 0
        try GGUFWriter.write(layout, to: goal) { (writer) throws(CheckpointError) in
            while let next = writer.next {
                progress.show("writing \(next.name)")
                guard let form = forms[next.name] else {
                    try writer.append(plan.ropeFactorBytes, to: next.name)
                    continue
                }
                let stored = try model.bytes(of: form, in: plan, as: next.elementType)
                if stored.areCodes { codes += 1 }
                try writer.append(stored.bytes, to: next.name)
            }
        }
        if let note = Self.note(codes: codes, of: layout) { progress.note(note) }
    }

    /// What is said of a file whose matrices keep the codes that a solver chose.
    private static func note(codes: Int, of layout: GGUFLayout) -> String? {
        let matrices = layout.tensors.count {
            GGUFTensorType(rawValue: $0.elementType)?.blockFormat != nil
        }
        guard codes > 0 else { return nil }
        return "\(codes) of \(matrices) matrices in blocks keep their codes as they are"
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
