import Foundation
import Testing

extension `The built program` {
    @Suite struct `A recipe or a text that cannot be used` {
        private func expectRefusal(
            of recipe: String, status: Set<Int32> = [2], saying words: [String]
        ) async throws {
            try await Workbench.with { bench in
                try await Refusal.expect(
                    ofModel: Example.model, recipe: recipe, status: status, saying: words,
                    on: bench)
            }
        }

        private func replacing(_ word: String, by other: String) -> String {
            Example.recipe().replacingOccurrences(of: word, with: other)
        }

        @Test func `a typo in an option is told with its line`() async throws {
            try await expectRefusal(
                of: replacing("group_size", by: "group_sise"),
                saying: ["line 4", "group_sise", "group_size"])
        }

        @Test func `a typo at the top is told with its line`() async throws {
            try await expectRefusal(
                of: replacing("inputs:", by: "input:"), saying: ["line 2", "input", "inputs"])
        }

        @Test func `an unknown method is told with its line`() async throws {
            try await expectRefusal(
                of: replacing("gptq", by: "awq"), saying: ["line 4", "awq", "gptq", "wanda"])
        }

        @Test func `a value out of range is told with its line`() async throws {
            try await expectRefusal(
                of: replacing("bits: 4", by: "bits: 40"), saying: ["line 4", "bits", "2 to 8"])
        }

        @Test func `text that is no YAML is told with its line`() async throws {
            try await expectRefusal(
                of: replacing("bits: 4", by: "bits: 4]"), saying: ["line 4", "no YAML"])
        }

        @Test func `a pattern that matches no layer`() async throws {
            try await expectRefusal(
                of: replacing("Linear", by: "conv_7"), saying: ["line 4", "no layer"])
        }

        @Test func `a recipe that is not there`() async throws {
            try await Workbench.with { bench in
                let outcome = try await Program.run(
                    [
                        "compress", Example.model, "--recipe", bench.path("none.yaml"), "--out",
                        bench.path("out"),
                    ], on: bench)
                Refusal.expect(outcome, status: [2], saying: ["none.yaml"])
                #expect(!bench.has("out"))
            }
        }

        @Test func `a calibration text that is not there`() async throws {
            try await expectRefusal(
                of: Example.recipe(text: "none.txt"), status: [3], saying: ["none.txt"])
        }

        @Test func `a text shorter than one sample`() async throws {
            try await Workbench.with { bench in
                let text = try bench.write("A few words.", as: "short.txt")
                try await Refusal.expect(
                    ofModel: Example.model, recipe: Example.recipe(samples: 1, text: text),
                    status: [3, 4], saying: ["one window alone needs 128"], on: bench)
            }
        }

        @Test func `a text too short for the samples`() async throws {
            try await Workbench.with { bench in
                let whole = try String(contentsOfFile: Example.calibrationText, encoding: .utf8)
                let text = try bench.write(String(whole.prefix(3_000)), as: "short.txt")
                try await Refusal.expect(
                    ofModel: Example.model, recipe: Example.recipe(samples: 64, text: text),
                    status: [3, 4], saying: ["64 were asked for"], on: bench)
            }
        }

        @Test func `windows longer than the model knows positions`() async throws {
            try await expectRefusal(
                of: Example.recipe(length: 4_096), status: [3], saying: ["4096", "2048"])
        }
    }
}
