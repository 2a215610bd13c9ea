import Foundation
import Linalg
import Models
import Testing

private let shared = ProcessInfo.processInfo.environment["SPOKESHAVE_SHARED"]

@Suite struct `A mixture of experts` {
    /// Rows that each group of a block's steps 2 and 3 was tapped with, by the group's name.
    private func rows(_ model: SampleModel, block: Int) throws -> [String: Int] {
        var rows: [String: Int] = [:]
        try model.hiddenTappingAll { tapped, index, input in
            guard tapped == block else { return }
            let group = model.architecture.linearGroups(inBlock: block)[index]
            rows[group.tap] = input.count / group.inputs
        }
        return rows
    }

    @Test(arguments: [("mixtral", 0, 4, 2), ("qwen2-moe", 1, 3, 2), ("qwen3-moe", 0, 4, 3)])
    func `sends each token to so many experts`(
        name: String, block: Int, experts: Int, chosen: Int
    ) throws {
        let model = try SampleModel(fixture: name)
        let rows = try rows(model, block: block)
        for half in ["gate_up_input", "down_input"] {
            let counts = (0..<experts).compactMap { rows["expert.\($0).\(half)"] }
            #expect(counts.count == experts)
            #expect(counts.reduce(0, +) == chosen * model.tokens.count)
            #expect(rows["shared_expert.\(half)"] == (name == "qwen2-moe" ? 20 : nil))
        }
        for expert in 0..<experts {
            #expect(
                rows["expert.\(expert).gate_up_input"] == rows["expert.\(expert).down_input"])
        }
    }

    @Test func `names its groups by expert, two for each`() throws {
        let model = try SampleModel(fixture: "qwen2-moe").architecture
        #expect(model.linearGroups(inBlock: 0).map(\.step) == [0, 1, 2, 3])
        let groups = model.linearGroups(inBlock: 1)
        #expect(groups.map(\.index) == Array(0..<10))
        #expect(groups.map(\.step) == [0, 1, 2, 2, 2, 2, 3, 3, 3, 3])
        #expect(
            groups[5].linears.map(\.name) == [
                "model.layers.1.mlp.shared_expert.gate_proj",
                "model.layers.1.mlp.shared_expert.up_proj",
            ])
        #expect(groups[7].linears.map(\.name) == ["model.layers.1.mlp.experts.1.down_proj"])
    }

    @Test func `counts the work of the chosen alone`() throws {
        let model = try SampleModel(fixture: "mixtral").architecture
        let flops = model.segmentFlops(block: 0, groups: 2..<4, tokens: 20, sequenceLength: 20)
        // Two of four experts with three matrices of 16 × 32, and the router.
        #expect(flops == Double(2 * 20 * (2 * 3 * 16 * 32 + 4 * 32)))
    }

    @Test func `refuses a state that names an expert that is not there`() throws {
        let model = try SampleModel(fixture: "mixtral")
        let architecture = model.architecture
        let segment = try architecture.makeSegment(
            block: 0, groups: 3..<4, taps: [], tensors: model.tensors)
        let width = architecture.middleWidth(inBlock: 0, boundary: 3)
        #expect(width == 2 * 16 + 2 + 2)
        for number in [-1, 4, 0.5, .nan, .infinity] as [Float] {
            var middle = Matrix(rows: 1, columns: width)
            middle[0, 33] = number
            #expect(throws: ModelError.self) {
                _ = try segment.run(
                    hidden: Matrix(rows: 1, columns: 32), middle: middle
                ) { _, _ in }
            }
        }
    }

    @Test(.enabled(if: shared != nil))
    func `the shared one gives the logits of transformers`() throws {
        let assets = URL(fileURLWithPath: shared ?? "").appendingPathComponent("assets")
        let model = try SampleModel(
            folder: assets.appendingPathComponent("models/tiny-mixtral"),
            golden: assets.appendingPathComponent("golden/logits.tiny-mixtral.safetensors"))
        let error = relativeError(try model.logits(), try model.expectedLogits())
        #expect(error < 1e-4)
    }
}
