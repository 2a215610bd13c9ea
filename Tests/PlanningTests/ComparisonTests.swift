import Domain
import Foundation
import Models
import Planning
import Testing

@Suite struct `Comparison of encoders` {
    private static func bert(
        hidden: Int = 64, blocks: Int = 2, positions: Int = 512, vocabulary: Int = 100
    ) -> String {
        """
        {"model_type": "bert", "hidden_size": \(hidden), "num_attention_heads": 4,
         "vocab_size": \(vocabulary), "num_hidden_layers": \(blocks), "intermediate_size": 64,
         "max_position_embeddings": \(positions)}
        """
    }

    private func manifest(_ configuration: String, _ digests: String) throws -> ModelManifest {
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(configuration.utf8))
        let tensors = architecture.expectedTensors().map { name, shape in
            ModelManifest.Tensor(
                form: TensorForm(name: name, elementType: "BF16", shape: shape),
                blob: FakeModel.blob(digests + name, shape.reduce(2, *)),
                file: "model.safetensors")
        }
        return ModelManifest(
            title: "fake", configurationText: configuration,
            configuration: FakeModel.blob(digests + "config"), tensors: tensors,
            weightFiles: ["model.safetensors"], carriedFiles: [])
    }

    private func specification(
        _ configuration: String = bert(), against other: String = bert(), length: Int = 512,
        windows: Int? = 20, special: Bool = true
    ) throws -> JobSpecification {
        let request = EvaluationRequest(
            length: length, windows: windows, addsSpecialTokens: special)
        return JobSpecification(
            purpose: .compare(request, against: try manifest(other, "against ")),
            model: try manifest(configuration, "own "),
            data: DataManifest(
                format: .text, blob: FakeModel.blob("text"), tokenizer: FakeModel.blob("tok")),
            recipeText: nil)
    }

    @Test(arguments: [true, false])
    func `puts special tokens around windows, if any`(_ special: Bool) throws {
        let plan = try Plan(try specification(special: special), windows: 20, heldOut: 0)
        let tokens = try #require(plan.first.first)
        #expect(tokens.kind == TaskNames.prepareTokens)
        let parameters = try CanonicalJSON.decode(
            PrepareTokensParameters.self, from: tokens.parameters)
        #expect(parameters.addsSpecialTokens == special)
        #expect(parameters.wrapsWindows == (special ? true : nil))
        #expect(parameters.windows == 20)
    }

    @Test func `sends every shard through both models to a score`() throws {
        let specification = try specification(against: Self.bert(blocks: 3))
        let plan = try Plan(specification, windows: 20, heldOut: 0)
        #expect(plan.isComplete)
        let scores = plan.tasks(TaskNames.compareEmbeddings)
        #expect(scores.count == 3)
        #expect(plan.tasks.count == 1 + 3 * (1 + 2 + 1 + 3 + 1))
        #expect(plan.roots == Set(scores.map(\.name)).union([TaskName("tokens")]))
        let counts = try scores.map {
            try CanonicalJSON.decode(CompareEmbeddingsParameters.self, from: $0.parameters)
        }
        #expect(counts.map(\.sequences.count) == [8, 8, 4])
        #expect(counts.allSatisfy { $0.width == 64 && $0.sequences.length == 512 })
        for (index, score) in scores.enumerated() {
            #expect(
                score.dependencies == [
                    "block.001/pass/00\(index)", "against/block.002/pass/00\(index)",
                ])
        }
        #expect(Set(plan.tasks.map(\.name)).count == plan.tasks.count)
    }

    @Test func `gives each model its own tensors, and both the same tokens`() throws {
        let specification = try specification()
        let plan = try Plan(specification, windows: 20, heldOut: 0)
        var blobs = Set<BlobReference>()
        for task in plan.tasks {
            let isOther = task.name.description.hasPrefix("against/")
            let other = isOther ? "own " : "against "
            for case .blob(let blob) in task.inputs.map(\.source) {
                blobs.insert(blob)
                #expect(blob.digest != FakeModel.blob(other + "config").digest)
            }
            if task.kind == TaskNames.embedTokens {
                #expect(task.source("tokens") == .output(task: TaskName("tokens"), name: "tokens"))
            }
        }
        // All that the tasks read is sent to the coordinator.
        #expect(blobs.isSubset(of: Set(specification.blobs)))
        #expect(blobs.contains(FakeModel.blob("against config")))
    }

    @Test func `comes back from the bytes of its blob`() throws {
        let specification = try specification()
        let back = try JobSpecification(decoding: try specification.encoded())
        #expect(back == specification)
    }

    @Test(arguments: [
        (bert(hidden: 32), bert()), (bert(), bert(vocabulary: 90)),
        (bert(positions: 256), bert()), (bert(), bert(positions: 256)),
        (FakeModel.configuration(), bert()), (bert(), FakeModel.configuration()),
    ])
    func `refuses models that have no embeddings of one kind`(
        _ one: String, _ other: String
    ) throws {
        let specification = try specification(one, against: other)
        #expect(throws: PlanningError.self) { try specification.makeDriver() }
    }

    @Test(arguments: [(1, nil), (-5, nil), (64, 0)] as [(Int, Int?)])
    func `never comes from a specification out of bounds`(_ length: Int, _ windows: Int?) throws {
        let bytes = try specification(length: length, windows: windows).encoded()
        #expect(throws: PlanningError.self) { try JobSpecification(decoding: bytes) }
    }

    @Test func `checks the names of both models`() throws {
        let plain = try manifest(Self.bert(), "against ")
        let broken = ModelManifest(
            title: "fake", configurationText: plain.configurationText,
            configuration: plain.configuration, tensors: plain.tensors,
            weightFiles: ["../model.safetensors"], carriedFiles: [])
        let request = EvaluationRequest(length: 64, windows: nil, addsSpecialTokens: false)
        let bytes = try JobSpecification(
            purpose: .compare(request, against: broken), model: plain, data: nil,
            recipeText: nil
        ).encoded()
        #expect(throws: PlanningError.self) { try JobSpecification(decoding: bytes) }
    }

    @Test func `believes no worker that has more windows than were asked for`() throws {
        #expect(throws: PlanningError.self) {
            try Plan(try specification(windows: 20), windows: 21, heldOut: 0)
        }
    }

    @Test func `sums up as by hand`() throws {
        let summary = try #require(
            EmbeddingSummary([
                EmbeddingFacts(cosines: [0.9, 0.8]), EmbeddingFacts(cosines: [1]),
            ]))
        #expect(summary.windows == 3)
        #expect(abs(summary.meanCosine - 0.9) < 1e-12)
        #expect(summary.minimumCosine == 0.8)
        // The deviation is 0.1, that of the mean 0.1/√3.
        #expect(abs(summary.standardError - 0.1 / 3.0.squareRoot()) < 1e-12)
        #expect(EmbeddingSummary([EmbeddingFacts(cosines: [0.5])])?.standardError == 0)
        #expect(EmbeddingSummary([EmbeddingFacts(cosines: [])]) == nil)
    }
}
