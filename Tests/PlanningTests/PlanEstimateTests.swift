import Checkpoints
import Domain
import Foundation
import Planning
import Testing

@Suite struct `Plan estimate` {
    private static let configuration = """
        {"model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "vocab_size": 64,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 1024, "hidden_act": "silu", "tie_word_embeddings": true}
        """

    private static var shapes: [(name: String, elementType: String, shape: [Int])] {
        var shapes = [("model.embed_tokens.weight", [64, 32]), ("model.norm.weight", [32])]
        for block in 0..<2 {
            let prefix = "model.layers.\(block)."
            for (name, shape) in [
                ("input_layernorm", [32]), ("post_attention_layernorm", [32]),
                ("self_attn.q_proj", [32, 32]), ("self_attn.k_proj", [16, 32]),
                ("self_attn.v_proj", [16, 32]), ("self_attn.o_proj", [32, 32]),
                ("mlp.gate_proj", [48, 32]), ("mlp.up_proj", [48, 32]),
                ("mlp.down_proj", [32, 48]),
            ] { shapes.append((prefix + name + ".weight", shape)) }
        }
        return shapes.map { ($0.0, "F32", $0.1) }
    }

    /// A checkpoint of zeros in a folder that goes away.
    private func withModel(_ body: (HuggingFaceFolder) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("estimate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try Data(Self.configuration.utf8).write(to: url.appendingPathComponent("config.json"))
        let layout = try SafetensorsLayout(tensors: Self.shapes)
        let zeros = [UInt8](repeating: 0, count: layout.totalBytes - layout.headerBytes.count)
        try Data(layout.headerBytes + zeros)
            .write(to: url.appendingPathComponent("model.safetensors"))
        try body(try HuggingFaceFolder.open(at: url))
    }

    private let recipe = """
        calibration: { text: a.txt, samples: 100, length: 512 }
        steps:
          - gptq: { bits: 4, group_size: 16 }
            ignore: [down_proj]
        """

    @Test func `plans the same work for any number of workers`() throws {
        try withModel { folder in
            let recipe = try Recipe(yaml: recipe)
            let one = try PlanEstimate(
                folder: folder, recipe: recipe, workers: 1, flopsPerSecond: 1e9)
            let eight = try PlanEstimate(
                folder: folder, recipe: recipe, workers: 8, flopsPerSecond: 1e9)
            #expect(one.tasks == eight.tasks)
            #expect(one.flops == eight.flops)
            #expect(abs(one.seconds / eight.seconds - 8) < 1e-9)
            #expect(one.coordinatorDiskBytes == eight.coordinatorDiskBytes)
            #expect(one.steps.count == 12)
            #expect(one.steps["model.layers.1.mlp.up_proj"] == "gptq")
            #expect(one.steps["model.layers.1.mlp.down_proj"] == nil)
            #expect(one.memoryBytesPerTask > 0)
            #expect(one.flops.isFinite && one.flops > 0)
        }
    }

    @Test func `counts the tasks that a driver asks for`() throws {
        try withModel { folder in
            let estimate = try PlanEstimate(
                folder: folder, recipe: try Recipe(yaml: "steps: [rtn: ]"), workers: 1,
                flopsPerSecond: 1e9)
            // 14 layers and the file.
            #expect(estimate.tasks == 15)
        }
    }
}
