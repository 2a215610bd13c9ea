import Domain
import Models

/// The files of the output checkpoints.
extension LayerwiseGraph {
    /// Tasks that write the checkpoint's weight files in a format.
    mutating func assemble(_ format: OutputFormat) throws {
        let manifest = factory.manifest
        for file in manifest.weightFiles {
            var forms: [TensorForm] = []
            var inputs: [TaskInput] = []
            var bytes = 0
            for tensor in manifest.tensors where tensor.file == file {
                for part in try parts(of: tensor, in: format) {
                    forms.append(part.form)
                    inputs.append(TaskInput(TaskNames.tensor(part.form.name), part.source))
                }
                bytes += tensor.blob.byteCount
            }
            try assemble(forms, inputs, into: file, format, bytes: bytes)
        }
    }

    /// What stands in a file for a tensor of the original.
    private func parts(
        of tensor: ModelManifest.Tensor, in format: OutputFormat
    ) throws -> [(form: TensorForm, source: TaskInput.Source)] {
        guard let (layer, task) = solved[tensor.form.name] else {
            return [(tensor.form, .blob(tensor.blob))]
        }
        guard format.isQuantized, formats.scheme(of: layer) != nil else {
            return [(tensor.form, .output(task: task, name: "weight"))]
        }
        return try formats.forms(of: layer, weight: tensor.form, in: format).map {
            ($0, .output(task: task, name: TaskNames.code($0.name, in: format)))
        }
    }

    private mutating func assemble(
        _ forms: [TensorForm], _ inputs: [TaskInput], into file: String, _ format: OutputFormat,
        bytes: Int
    ) throws {
        guard forms.count < Limits.slotsPerTaskMax else {
            throw PlanningError.tooLarge(
                problem: "\(file) would hold \(forms.count) tensors; at most "
                    + "\(Limits.slotsPerTaskMax - 1) are supported in one file: split it.")
        }
        let encoded = try CanonicalJSON.encode(
            AssembleShardParameters(tensors: forms, metadata: ["format": "pt"]))
        guard encoded.count <= Limits.parameterBytesMax,
            encoded.count + forms.reduce(0, { $0 + $1.name.utf8.count + 128 })
                < Limits.controlMessageBytes
        else {
            throw PlanningError.tooLarge(
                problem: "\(file) would hold \(forms.count) tensors, too many to describe in "
                    + "one task: split it into more shards.")
        }
        let name = TaskName(FormatFiles.task(file, format))
        tasks.append(
            TaskDescription(
                name: name, kind: TaskNames.assembleShard, version: 1, parameters: encoded,
                inputs: inputs, outputs: [OutputDeclaration("file", .durable)],
                stage: "assemble", priority: priority(factory.architecture.blockCount, 0, 0),
                cost: TaskCost(flops: 0, memoryBytesMax: 32 << 20, outputBytes: bytes)))
        roots.insert(name)
    }
}
