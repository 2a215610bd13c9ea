import Foundation
import Testing

extension `The built program` {
    @Suite struct `A model that cannot be used` {
        /// Breaks a copy of the example, compresses it, and expects exit code 3, a sentence with
        /// certain words, and nothing left where the output would have been.
        private func expectRefusal(
            saying words: [String] = [], _ damage: (BrokenCheckpoint) throws -> [String]
        ) async throws {
            try await Workbench.with { bench in
                let model = try BrokenCheckpoint(on: bench)
                let named = try damage(model)
                try await Refusal.expect(
                    ofModel: model.folder.path, recipe: Example.recipe(), status: [3],
                    saying: words + named, on: bench)
            }
        }

        @Test func `a truncated file`() async throws {
            try await expectRefusal(saying: ["model.safetensors", "truncated"]) {
                try $0.truncate()
                return []
            }
        }

        @Test func `a header longer than the file`() async throws {
            try await expectRefusal(saying: ["model.safetensors"]) {
                try $0.inflateHeader()
                return []
            }
        }

        @Test func `overlapping tensors`() async throws {
            try await expectRefusal(saying: ["model.safetensors", "overlaps"]) {
                [try $0.overlap()]
            }
        }

        @Test func `a tensor beyond the end of the file`() async throws {
            try await expectRefusal(saying: ["model.safetensors"]) { [try $0.reachBeyond()] }
        }

        @Test func `a missing shard`() async throws {
            try await expectRefusal { [try $0.loseShard()] }
        }

        @Test func `a weight that is NaN`() async throws {
            try await expectRefusal(saying: ["NaN"]) { [try $0.poison()] }
        }

        @Test func `an unknown architecture`() async throws {
            try await expectRefusal(saying: ["not supported", "llama"]) { [try $0.estrange()] }
        }

        @Test func `an activation that is not implemented`() async throws {
            try await expectRefusal(saying: ["hidden_act", "gelu"]) {
                try $0.configure("hidden_act", to: "gelu")
                return []
            }
        }

        @Test func `a width that the tensors do not have`() async throws {
            try await expectRefusal(saying: ["[512, 256]"]) {
                try $0.configure("intermediate_size", to: 640)
                return []
            }
        }

        @Test func `a folder that is not there`() async throws {
            try await Workbench.with { bench in
                try await Refusal.expect(
                    ofModel: bench.path("nowhere"), recipe: Example.recipe(), status: [3],
                    saying: [bench.path("nowhere")], on: bench)
            }
        }
    }
}
