import Domain
import Methods
import Models
import Planning
import Testing

@Suite struct `Plans of other families` {
    private static let mixtral = """
        {"model_type": "mixtral", "hidden_size": 64, "intermediate_size": 32, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "num_local_experts": 4}
        """
    private static let gpt2 = """
        {"model_type": "gpt2", "n_embd": 64, "n_head": 4, "n_layer": 2, "vocab_size": 100}
        """
    private static let bert = """
        {"model_type": "bert", "hidden_size": 64, "num_attention_heads": 4, "vocab_size": 100,
         "num_hidden_layers": 2, "intermediate_size": 64}
        """

    private func manifest(_ configuration: String) throws -> ModelManifest {
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(configuration.utf8))
        let tensors = architecture.expectedTensors().map { name, shape in
            ModelManifest.Tensor(
                form: TensorForm(name: name, elementType: "BF16", shape: shape),
                blob: FakeModel.blob(name, shape.reduce(2, *)), file: "model.safetensors")
        }
        return ModelManifest(
            title: "fake", configurationText: configuration,
            configuration: FakeModel.blob("config"), tensors: tensors,
            weightFiles: ["model.safetensors"], carriedFiles: [])
    }

    private func plan(_ configuration: String, _ inputs: String) throws -> Plan {
        try Plan(
            try FakeModel.specification(
                """
                calibration: { tokens: a.npy, samples: 40, length: 512, held_out: 20, seed: 5 }
                inputs: \(inputs)
                steps: [gptq: ]
                """, manifest: try manifest(configuration)))
    }

    @Test(arguments: [mixtral, gpt2, bert], ["sequential", "block", "dense"])
    func `read only what earlier tasks make, and compress every layer`(
        configuration: String, mode: String
    ) throws {
        let plan = try plan(configuration, mode)
        var outputs: [TaskName: Set<String>] = [:]
        for task in plan.tasks {
            for case .output(let source, let name) in task.inputs.map(\.source) {
                #expect(outputs[source]?.contains(name) == true, "\(task.name) reads \(source)")
            }
            #expect(outputs[task.name] == nil)
            outputs[task.name] = Set(task.outputs.map(\.name))
        }
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(configuration.utf8))
        let layers = (0..<2).flatMap { architecture.linears(inBlock: $0) }
        #expect(Set(plan.layers) == Set(layers.map(\.name)))
        #expect(plan.layers.count == layers.count)
    }

    @Test func `solve experts side by side, each with a Gram of its own`() throws {
        let plan = try plan(Self.mixtral, "sequential")
        let segments = try plan.segments(block: 0, shard: "000")
        #expect(
            segments.map { $0.firstGroup..<$0.lastGroup } == [0..<0, 0..<1, 1..<2, 2..<3, 3..<4])
        #expect(segments.map(\.taps) == [[0], [1], [2, 3, 4, 5], [6, 7, 8, 9], []])
        let w1 = "model.layers.0.block_sparse_moe.experts.2.w1"
        let task = try #require(plan.task("block.000/compress/\(w1)"))
        #expect(task.dependencies.contains("block.000/gram/expert.2.gate_up_input"))
        #expect(task.dependencies.contains("block.000/factor/expert.2.gate_up_input"))
        // Two activations of 32, two numbers and two shares a token stand between the halves.
        let to3 = try #require(plan.task("block.000/to.3/000"))
        let grams = 4 * (32 * 33 / 2) * 4
        #expect(to3.cost.outputBytes == 16 * 512 * 68 * 4 + grams)
    }

    @Test func `say which weights are stored by inputs, and nothing where they are not`() throws {
        func parameters(_ plan: Plan) -> [String] {
            plan.tasks(TaskNames.compressLayer)
                .map { String(decoding: $0.parameters, as: UTF8.self) }
        }
        let gpt2 = parameters(try plan(Self.gpt2, "dense"))
        #expect(gpt2.count == 8 && gpt2.allSatisfy { $0.contains("isStoredByInputs") })
        let mixtral = parameters(try plan(Self.mixtral, "dense"))
        #expect(mixtral.count == 32 && mixtral.allSatisfy { !$0.contains("isStoredByInputs") })
    }

    @Test func `refuse the perplexity of an encoder`() throws {
        let specification = JobSpecification(
            purpose: .evaluate(
                EvaluationRequest(length: 64, windows: nil, addsSpecialTokens: false)),
            model: try manifest(Self.bert),
            data: DataManifest(
                format: .identifiers, blob: FakeModel.blob("tokens"), tokenizer: nil),
            recipeText: nil)
        #expect {
            _ = try specification.makeDriver()
        } throws: { "\($0)".contains("'bert' is an encoder") }
    }
}
