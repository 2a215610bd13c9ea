import Checkpoints
import Domain
import Foundation
import Linalg

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
                ? GGUFTensorType.float32 : Self.fitting(wanted, form.shape)
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
                    let factors = plan.ropeFactors ?? []
                    try writer.append(encodedNumbers(factors, as: .float32), to: next.name)
                    continue
                }
                try writer.append(try bytes(of: form, plan, as: next.elementType), to: next.name)
            }
        }
    }

    /// Rows that are no whole blocks are stored as halves, as llama.cpp's own tools do.
    private static func fitting(_ wanted: GGUFTensorType, _ shape: [Int]) -> GGUFTensorType {
        guard let format = wanted.blockFormat, let columns = shape.last,
            !columns.isMultiple(of: format.elementsPerBlock)
        else { return wanted }
        return .float16
    }

    private func bytes(
        of form: TensorForm, _ plan: GGUFModel, as type: String
    ) throws(CheckpointError) -> [UInt8] {
        guard let change = plan.change(writing: form.name),
            let stored = ElementType(rawValue: form.elementType),
            let target = GGUFTensorType(rawValue: type)
        else {
            throw .malformedTensor(
                file: "", tensor: form.name,
                reason: "its element type \(form.elementType) has no place in GGUF")
        }
        let columns = form.shape.last ?? 1
        let rows = form.shape.dropLast().reduce(1, *)
        var matrix = Matrix(
            rows: rows, columns: columns, decoding: try model.bytes(of: form), as: stored)
        if change.addend != 0 {
            var elements = matrix.mutableElements
            for i in elements.indices { elements[i] += change.addend }
        }
        guard let format = target.blockFormat else {
            return change.reorderingRows(of: matrix.encoded(as: target.elementType ?? .float32))
        }
        var packed: [UInt8] = []
        do {
            for row in 0..<rows {
                packed += try BlockRow(rounding: matrix.row(row), to: format).packed()
            }
        } catch {
            throw .malformedTensor(file: "", tensor: form.name, reason: "\(error)")
        }
        return change.reorderingRows(of: packed)
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
