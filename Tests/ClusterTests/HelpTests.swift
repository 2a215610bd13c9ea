import Foundation
import Testing

extension `The built program` {
    @Suite struct `Its help` {
        @Test(arguments: [
            ("compress", ["--recipe", "--out", "--workers", "--data-dir", "--memory", "--json"]),
            (
                "eval",
                [
                    "--text", "--tokens", "--length", "--windows", "--against", "--coordinator",
                    "--json",
                ]
            ),
            ("inspect", ["--recipe", "--json"]),
            ("coordinator", ["--listen", "--blobs", "--data-dir"]),
            ("worker run", ["--coordinator", "--data-dir", "--slots", "--memory", "--cache"]),
            ("worker join", ["--token", "--coordinator", "--data-dir", "--name"]),
            ("cluster init", ["--data-dir", "--name"]),
            ("cluster token", ["--role", "--uses", "--ttl", "--coordinator", "--json"]),
            ("cluster join", ["--token", "--coordinator", "--identity"]),
            ("drain", ["--coordinator"]), ("backup", ["--coordinator"]),
            ("health", ["--coordinator", "--json"]), ("explain", ["--coordinator", "--json"]),
            ("doctor", ["--data-dir", "--blobs", "--json"]),
            ("submit", ["--recipe", "--coordinator", "--json"]),
            ("status", ["--watch", "--coordinator", "--json"]),
            ("tasks", ["--coordinator", "--json"]),
            ("workers", ["--coordinator", "--json"]),
            ("cancel", ["--coordinator"]),
            ("fetch", ["--out", "--coordinator", "--json"]),
            ("tokenize", ["--tokenizer", "--text", "--out"]),
        ])
        func `names every option of the command`(
            _ command: String, _ options: [String]
        ) async throws {
            try await Workbench.with { bench in
                let words = command.split(separator: " ").map(String.init)
                let text = try await Program.succeed(words + ["--help"], on: bench)
                for option in options { #expect(text.contains(option), "\(text)") }
                #expect(text.contains("OVERVIEW:"))
                let root = try await Program.succeed(["--help"], on: bench)
                #expect(root.contains("  \(words[0]) "))
                #expect(root.contains("Exit codes"))
            }
        }

        @Test func `a mistake in the command line has its own exit code`() async throws {
            try await Workbench.with { bench in
                for mistake in [["eval", Example.model], ["compress"], ["nonsense"]] {
                    let outcome = try await Program.run(mistake, on: bench)
                    #expect(outcome.status == 2, "\(outcome.story)")
                    #expect(outcome.complaint.contains("Usage:"))
                }
            }
        }

        @Test func `inspect tells the shapes and what a recipe would cost`() async throws {
            try await Workbench.with { bench in
                let recipe = try bench.write(Example.recipe(), as: "recipe.yaml")
                let text = try await Program.succeed(
                    ["inspect", Example.model, "--recipe", recipe], on: bench)
                #expect(text.contains("q_proj"))
                let json = try await Program.succeed(
                    ["inspect", Example.model, "--recipe", recipe, "--json"], on: bench)
                #expect(try !Facts(json).keys.isEmpty)
                // Nothing was run for it.
                #expect(!bench.has("home"))
            }
        }
    }
}
