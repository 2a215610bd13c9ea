import Foundation
import Testing

extension `The built program` {
    @Suite struct `Formats` {
        private func perplexity(_ model: String, on bench: Workbench) async throws -> Double {
            let done = try await Program.run(
                [
                    "eval", model, "--text", Example.evaluationText, "--length", "256",
                    "--windows", "4", "--data-dir", bench.path("eval"), "--json", "--quiet",
                ], on: bench)
            #expect(done.status == 0, "\(done.story)")
            let answer = try JSONSerialization.jsonObject(with: Data(done.output.utf8))
            return try #require((answer as? [String: Any])?["perplexity"] as? Double)
        }

        @Test func `hold the same weights, dense and as codes`() async throws {
            try await Workbench.with { bench in
                let recipe = try bench.write(Example.recipe(), as: "recipe.yaml")
                let done = try await Program.run(
                    [
                        "compress", Example.model, "--recipe", recipe, "--out",
                        bench.path("out"), "--format", "compressed-tensors,dense",
                        "--data-dir", bench.path("data"), "--workers", "2", "--quiet",
                    ], on: bench)
                #expect(done.status == 0, "\(done.story)")
                #expect(
                    try bench.contents(of: "out") == [
                        "compressed-tensors", "dense", "spokeshave-report.json",
                    ])
                let dense = try await perplexity(bench.path("out/dense"), on: bench)
                let codes = try await perplexity(bench.path("out/compressed-tensors"), on: bench)
                #expect(dense == codes)
                for name in ["out/dense", "out/compressed-tensors"] {
                    let checked = try await Program.run(
                        ["verify", bench.path(name)], on: bench)
                    #expect(checked.status == 0, "\(checked.story)")
                }
                let file = bench.path("codes.gguf")
                let converted = try await Program.run(
                    ["convert", bench.path("out/compressed-tensors"), file, "--type", "F32"],
                    on: bench)
                #expect(converted.status == 0, "\(converted.story)")
                #expect(try await perplexity(file, on: bench) == dense)
            }
        }

        @Test func `are refused where there are no codes`() async throws {
            try await Workbench.with { bench in
                let text = """
                    calibration: { text: "\(Example.calibrationText)", samples: 8, length: 128 }
                    steps: [wanda: { sparsity: 0.5 }]

                    """
                let recipe = try bench.write(text, as: "recipe.yaml")
                let done = try await Program.run(
                    [
                        "compress", Example.model, "--recipe", recipe, "--out",
                        bench.path("out"), "--format", "gptq", "--data-dir", bench.path("data"),
                    ], on: bench)
                #expect(done.status == 2 || done.status == 3)
                #expect(done.story.contains("dense"), "\(done.story)")
                #expect(!bench.has("out"))
            }
        }

        @Test func `are found broken when a layer has lost its scales`() async throws {
            try await Workbench.with { bench in
                let recipe = try bench.write(Example.recipe(), as: "recipe.yaml")
                let done = try await Program.run(
                    [
                        "compress", Example.model, "--recipe", recipe, "--out",
                        bench.path("out"), "--format", "gptq_v2", "--data-dir",
                        bench.path("data"), "--quiet",
                    ], on: bench)
                #expect(done.status == 0, "\(done.story)")
                // The name of one tensor in the header, changed in place.
                let file = bench.folder.appendingPathComponent("out/model.safetensors")
                var bytes = try Data(contentsOf: file)
                let name = Data("model.layers.1.mlp.up_proj.scales".utf8)
                let range = try #require(bytes.range(of: name))
                bytes.replaceSubrange(
                    range, with: Data("model.layers.1.mlp.up_proj.Scales".utf8))
                try bytes.write(to: file)
                let checked = try await Program.run(["verify", bench.path("out")], on: bench)
                #expect(checked.status == 3)
                #expect(checked.story.contains("up_proj"))
            }
        }
    }
}
