import Foundation
import Linalg
import Models
import Testing

private let environment = ProcessInfo.processInfo.environment

@Suite struct `Real models of SPOKESHAVE_SHARED, SPOKESHAVE_SMOLLM2 and SPOKESHAVE_MODELS` {
    /// Folders with a golden.logits, which scripts/make-model-fixtures --golden puts there.
    private static let folders = (environment["SPOKESHAVE_MODELS"] ?? "")
        .split(separator: ":").map(String.init)

    @Test(.enabled(if: !folders.isEmpty), arguments: folders)
    func `a model gives the logits, or hidden states, of transformers`(_ path: String) throws {
        let folder = URL(fileURLWithPath: path)
        let model = try SampleModel(
            folder: folder, golden: folder.appendingPathComponent("golden.logits"))
        let isEncoder = model.architecture.headTensors.isEmpty
        let found = isEncoder ? try model.hidden() : try model.logits()
        let error = relativeError(found, try model.expectedLogits())
        #expect(error < 1e-4)
    }

    private func error(_ folder: URL, _ golden: String) throws -> Float {
        let shared = URL(fileURLWithPath: environment["SPOKESHAVE_SHARED"] ?? "")
        let model = try SampleModel(
            folder: folder,
            golden: shared.appendingPathComponent("assets/golden/\(golden)")
        )
        return relativeError(try model.logits(), try model.expectedLogits())
    }

    @Test(.enabled(if: environment["SPOKESHAVE_SHARED"] != nil))
    func `the shared tiny-llama gives the logits of transformers`() throws {
        let shared = URL(fileURLWithPath: environment["SPOKESHAVE_SHARED"] ?? "")
        let folder = shared.appendingPathComponent("assets/models/tiny-llama")
        let error = try error(folder, "logits.tiny-llama.safetensors")
        #expect(error < 1e-4)
    }

    @Test(
        .enabled(
            if: environment["SPOKESHAVE_SHARED"] != nil
                && environment["SPOKESHAVE_SMOLLM2"] != nil
        )
    )
    func `SmolLM2 gives the logits of transformers`() throws {
        let folder = URL(fileURLWithPath: environment["SPOKESHAVE_SMOLLM2"] ?? "")
        let error = try error(folder, "logits.smollm2-135m.safetensors")
        #expect(error < 1e-4)
    }
}
