import Domain
import Foundation
import Planning
import Testing

@Suite struct `Evaluation` {
    private func specification(length: Int, windows: Int? = nil) -> JobSpecification {
        JobSpecification(
            purpose: .evaluate(
                EvaluationRequest(length: length, windows: windows, addsSpecialTokens: true)),
            model: FakeModel.manifest(),
            data: DataManifest(
                format: .text, blob: FakeModel.blob("text"), tokenizer: FakeModel.blob("tok")),
            recipeText: nil)
    }

    @Test func `asks for the tokens first`() throws {
        var driver = try specification(length: 2_048, windows: 9).makeDriver()
        let tasks = try driver.advance([:])
        #expect(tasks.map(\.kind) == [TaskNames.prepareTokens])
        #expect(!driver.isComplete)
        #expect(driver.roots == [TaskName("tokens")])
        #expect(tasks.first?.inputs.map(\.name) == ["text", "tokenizer"])
        let parameters = try CanonicalJSON.decode(
            PrepareTokensParameters.self, from: tasks.first?.parameters ?? [])
        #expect(parameters.windows == 9)
        #expect(parameters.heldOut == 0)
        #expect(parameters.seed == nil)
        #expect(parameters.addsSpecialTokens)
        // Without news there is nothing more to do.
        #expect(try driver.advance([:]).isEmpty)
    }

    @Test func `sends every shard through all blocks to a score`() throws {
        let plan = try Plan(specification(length: 2_048), windows: 9, heldOut: 0)
        #expect(plan.isComplete)
        let scores = plan.tasks(TaskNames.evaluateHead)
        #expect(scores.count == 5)
        #expect(plan.tasks.count == 1 + 5 * (1 + FakeModel.blocks + 1))
        #expect(plan.roots == Set(scores.map(\.name)).union([TaskName("tokens")]))
        let ranges = try scores.map {
            try CanonicalJSON.decode(EvaluateHeadParameters.self, from: $0.parameters).sequences
        }
        #expect(ranges.map(\.first) == [0, 2, 4, 6, 8])
        #expect(ranges.map(\.count) == [2, 2, 2, 2, 1])
        for block in 0..<FakeModel.blocks {
            let segments = try plan.segments(block: block, shard: "003")
            #expect(segments.map { $0.firstGroup..<$0.lastGroup } == [0..<4])
            #expect(segments.allSatisfy { $0.taps.isEmpty })
        }
        #expect(Set(plan.tasks.map(\.name)).count == plan.tasks.count)
    }

    @Test func `refuses windows longer than the model's positions`() {
        #expect(throws: PlanningError.self) {
            try specification(length: 8_193).makeDriver()
        }
    }

    @Test(arguments: [(0, nil), (1, nil), (-5, nil), (64, 0), (64, -1)] as [(Int, Int?)])
    func `never comes from a specification out of bounds`(_ length: Int, _ windows: Int?) throws {
        let bytes = try specification(length: length, windows: windows).encoded()
        #expect(throws: PlanningError.self) { try JobSpecification(decoding: bytes) }
    }

    @Test func `sums up as by hand`() throws {
        let summary = try #require(
            EvaluationSummary([
                EvaluationFacts(sums: [10, 20], predictions: 10),
                EvaluationFacts(sums: [30], predictions: 10),
            ]))
        #expect(summary.tokens == 30)
        #expect(summary.windows == 3)
        #expect(abs(summary.natsPerToken - 2) < 1e-12)
        #expect(abs(summary.perplexity - exp(2)) < 1e-9)
        // Means of the windows are 1, 2, 3: their deviation is 1, that of their mean 1/√3.
        #expect(abs(summary.standardError - exp(2) / 3.0.squareRoot()) < 1e-9)
    }

    @Test func `has no spread with one window and no summary with none`() {
        let one = EvaluationSummary([EvaluationFacts(sums: [7], predictions: 7)])
        #expect(one?.standardError == 0)
        #expect(one?.natsPerToken == 1)
        #expect(EvaluationSummary([]) == nil)
        #expect(EvaluationSummary([EvaluationFacts(sums: [], predictions: 7)]) == nil)
    }
}
