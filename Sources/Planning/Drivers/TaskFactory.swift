import Domain
import Models

/// Makes task descriptions for one model: knows where each tensor's bytes come from.
struct TaskFactory: Sendable {
    /// Where the current bytes of a tensor are: the checkpoint's, or a task's output.
    typealias TensorSource = @Sendable (String) -> TaskInput.Source?

    let architecture: any Architecture
    let manifest: ModelManifest
    /// How hidden states are stored.
    let states: Recipe.States
    private let forms: [String: TensorForm]
    private let blobs: [String: BlobReference]

    init(manifest: ModelManifest, states: Recipe.States = .float32) throws {
        self.states = states
        self.manifest = manifest
        architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(manifest.configurationText.utf8))
        var forms: [String: TensorForm] = [:]
        var blobs: [String: BlobReference] = [:]
        for tensor in manifest.tensors {
            forms[tensor.form.name] = tensor.form
            blobs[tensor.form.name] = tensor.blob
        }
        self.forms = forms
        self.blobs = blobs
    }

    /// The form of a tensor that the architecture names.
    func form(_ name: String) throws(PlanningError) -> TensorForm {
        guard let form = forms[name] else {
            throw .mismatch(problem: "The checkpoint has no tensor \(name).")
        }
        return form
    }

    /// The checkpoint's own bytes of a tensor.
    func original(_ name: String) throws(PlanningError) -> BlobReference {
        guard let blob = blobs[name] else {
            throw .mismatch(problem: "The checkpoint has no tensor \(name).")
        }
        return blob
    }

    var configurationInput: TaskInput {
        TaskInput("configuration", .blob(manifest.configuration))
    }

    /// Inputs for `names`, with compressed weights where `replacement` knows them.
    func tensorInputs(
        _ names: [String], replacing replacement: TensorSource
    ) throws(PlanningError) -> [TaskInput] {
        var inputs: [TaskInput] = []
        for name in names {
            let found = replacement(name)
            let source = if let found { found } else { TaskInput.Source.blob(try original(name)) }
            inputs.append(TaskInput(TaskNames.tensor(name), source))
        }
        return inputs
    }

    func forms(_ names: [String]) throws(PlanningError) -> [TensorForm] {
        var list: [TensorForm] = []
        for name in names { list.append(try form(name)) }
        return list
    }

    func prepareTokens(
        _ data: DataManifest, _ parameters: PrepareTokensParameters
    ) throws -> TaskDescription {
        let file: [TaskInput] =
            switch parameters.format {
            case .text:
                [TaskInput("text", .blob(data.blob))]
                    + (data.tokenizer.map { [TaskInput("tokenizer", .blob($0))] } ?? [])
            case .identifiers: [TaskInput("identifiers", .blob(data.blob))]
            }
        return TaskDescription(
            name: TaskName("tokens"), kind: TaskNames.prepareTokens, version: 2,
            parameters: try CanonicalJSON.encode(parameters), inputs: file,
            outputs: [OutputDeclaration("tokens", .durable)], stage: "tokenize", priority: 0,
            cost: TaskCost(
                flops: Double(data.blob.byteCount) * 100,
                memoryBytesMax: 64 << 20 + data.blob.byteCount * 6,
                outputBytes: ((parameters.windows ?? 0) + parameters.heldOut)
                    * parameters.length * 4))
    }

    func embed(
        _ sequences: SequenceRange, name: String, stage: String, priority: Int
    ) throws -> TaskDescription {
        let tensors = architecture.embeddingTensors
        let bytes = sequences.tokens * architecture.hiddenSize * states.byteCount
        let inputs =
            [
                configurationInput,
                TaskInput("tokens", .output(task: TaskName("tokens"), name: "tokens")),
            ] + (try tensorInputs(tensors, replacing: { _ in nil }))
        let parameters = EmbedTokensParameters(
            sequences: sequences, tensors: try forms(tensors), states: states.elementType)
        return TaskDescription(
            name: TaskName(name), kind: TaskNames.embedTokens, version: 1,
            parameters: try CanonicalJSON.encode(parameters), inputs: inputs,
            outputs: [OutputDeclaration("hidden", .transient)], stage: stage, priority: priority,
            cost: TaskCost(
                flops: Double(bytes),
                memoryBytesMax: 32 << 20 + sequences.length * architecture.hiddenSize * 4
                    + sequences.tokens * 8, outputBytes: bytes))
    }

    func evaluateHead(
        _ sequences: SequenceRange, hidden: TaskInput.Source, name: String, priority: Int
    ) throws -> TaskDescription {
        let tensors = architecture.headTensors
        let inputs =
            [
                configurationInput,
                TaskInput("tokens", .output(task: TaskName("tokens"), name: "tokens")),
                TaskInput("hidden", hidden),
            ] + (try tensorInputs(tensors, replacing: { _ in nil }))
        let parameters = EvaluateHeadParameters(sequences: sequences, tensors: try forms(tensors))
        return TaskDescription(
            name: TaskName(name), kind: TaskNames.evaluateHead, version: 1,
            parameters: try CanonicalJSON.encode(parameters), inputs: inputs, outputs: [],
            stage: "score", priority: priority,
            cost: TaskCost(
                flops: architecture.headFlops(tokens: sequences.tokens),
                memoryBytesMax: 32 << 20
                    + architecture.headWorkingBytes(tokens: sequences.length), outputBytes: 0))
    }
}
