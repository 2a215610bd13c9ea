import Foundation
import Testing

extension `The built program` {
    /// Two tiny BERTs and what transformers finds; scripts/make-encoder-fixtures makes them.
    @Suite struct `Embeddings of an encoder` {
        private static let folder = Program.repository
            .appendingPathComponent("Tests/ClusterTests/Fixtures")
        private static let dense = folder.appendingPathComponent("dense").path
        private static let other = folder.appendingPathComponent("other").path
        private static let text = folder.appendingPathComponent("text.txt").path

        private func golden() throws -> Facts {
            let file = Self.folder.appendingPathComponent("golden.json")
            return try Facts(try String(contentsOf: file, encoding: .utf8))
        }

        private func compare(
            _ model: String, text: String = text, _ words: [String], on bench: Workbench
        ) async throws -> String {
            try await Program.succeed(
                ["eval", model, "--against", Self.dense, "--text", text, "--json", "--quiet"]
                    + words, on: bench)
        }

        @Test(arguments: [("plain", []), ("wrapped", ["--special-tokens"])])
        func `are as alike as for transformers`(_ name: String, _ words: [String]) async throws {
            try await Workbench.with { bench in
                let golden = try golden(), expected = golden[name]
                let length = try #require(golden["length"].integer)
                let found = try Facts(
                    try await compare(
                        Self.other,
                        ["--length", "\(length)", "--data-dir", bench.path("data")] + words,
                        on: bench))
                #expect(found["windows"].integer == expected["windows"].integer)
                for (ours, theirs) in [("mean_cosine", "mean"), ("minimum_cosine", "minimum")] {
                    let cosine = try #require(found[ours].number)
                    let other = try #require(expected[theirs].number)
                    // Both compute in Float32, in other orders.
                    #expect(abs(cosine - other) < 1e-6)
                    #expect(cosine < 0.999)
                }
            }
        }

        @Test func `do not depend on who computes them`() async throws {
            try await Workbench.with { bench in
                // Three shards.
                let words = ["--length", "24", "--windows", "500", "--special-tokens"]
                let text = Example.evaluationText
                let one = try await compare(
                    Self.other, text: text,
                    words + ["--workers", "1", "--data-dir", bench.path("one")], on: bench)
                let cluster = try await RunningCluster(on: bench)
                for index in 0..<2 { try cluster.startWorker(index) }
                let remote = try await compare(
                    Self.other, text: text, words + ["--coordinator", cluster.address],
                    on: bench)
                #expect(one == remote)
                #expect(try Facts(one)["windows"].integer == 500)
            }
        }

        @Test func `are the same as a model's own`() async throws {
            try await Workbench.with { bench in
                let found = try Facts(
                    try await compare(
                        Self.dense, ["--length", "24", "--data-dir", bench.path("data")],
                        on: bench))
                #expect(found["mean_cosine"].number == 1)
                #expect(found["minimum_cosine"].number == 1)
                #expect(found["standard_error"].number == 0)
            }
        }

        @Test func `are refused of a decoder, and perplexity of an encoder names them`()
            async throws
        {
            try await Workbench.with { bench in
                let decoder = try await Program.run(
                    ["eval", Example.model, "--against", Self.dense, "--text", Self.text],
                    on: bench)
                Refusal.expect(decoder, status: [3], saying: ["llama", "perplexity"])
                let perplexity = try await Program.run(
                    ["eval", Self.dense, "--text", Self.text, "--length", "24"], on: bench)
                Refusal.expect(perplexity, status: [3], saying: ["bert", "--against"])
                let ids = try await Program.run(
                    [
                        "eval", Self.dense, "--against", Self.dense, "--tokens", "a.npy",
                        "--special-tokens",
                    ], on: bench)
                Refusal.expect(ids, status: [2], saying: ["--text"])
            }
        }
    }
}
