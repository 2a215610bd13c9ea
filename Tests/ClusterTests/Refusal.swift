import Foundation
import Testing

/// A command that must end in a clear sentence and leave nothing behind.
enum Refusal {
    /// Compresses, and expects a failure that leaves nothing behind.
    ///
    /// The exit code is one of `status`, the sentence names all `words`, and neither the output
    /// `out` nor anything beside it exists afterwards.
    static func expect(
        ofModel model: String, recipe: String, status: Set<Int32>, saying words: [String],
        out: String = "result/out", data: String = "data", on bench: Workbench
    ) async throws {
        try FileManager.default.createDirectory(
            at: bench.folder.appendingPathComponent("result"),
            withIntermediateDirectories: true)
        let file = try bench.write(recipe, as: "recipe.yaml")
        let outcome = try await Program.run(
            [
                "compress", model, "--recipe", file, "--out", bench.path(out), "--workers", "1",
                "--data-dir", bench.path(data), "--quiet",
            ], on: bench)
        expect(outcome, status: status, saying: words)
        #expect(!bench.has(out))
        // Not even a hidden folder of a half written output.
        #expect(try bench.contents(of: "result") == [])
    }

    /// Expects a status, and a sentence with certain words.
    static func expect(_ outcome: Program.Outcome, status: Set<Int32>, saying words: [String]) {
        #expect(outcome.status.map(status.contains) == true, "\(outcome.story)")
        #expect(outcome.output.isEmpty, "\(outcome.story)")
        for word in words {
            #expect(outcome.complaint.contains(word), "“\(word)” is not in:\n\(outcome.story)")
        }
        #expect(!outcome.complaint.contains(".."), "two full stops:\n\(outcome.story)")
        #expect(!outcome.complaint.contains("Fatal error"), "\(outcome.story)")
    }
}
