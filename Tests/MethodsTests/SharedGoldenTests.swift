import Foundation
import Linalg
import Testing

@testable import Methods

private let shared = ProcessInfo.processInfo.environment["SPOKESHAVE_SHARED"]

private let layers = ["tiny-llama.layer0.q_proj", "tiny-llama.layer2.down_proj"]

private let recipes: [(name: String, method: CompressionMethod)] = [
    ("rtn4", .roundToNearest(QuantizationOptions(bits: 4))),
    ("gptq4", .gptq(QuantizationOptions(bits: 4))),
    ("gptq3", .gptq(QuantizationOptions(bits: 3))),
    ("gptq2", .gptq(QuantizationOptions(bits: 2))),
    ("gptq4_static", .gptq(QuantizationOptions(bits: 4, actOrder: .static))),
    ("gptq3_dynamic", .gptq(QuantizationOptions(bits: 3, actOrder: .dynamic))),
    ("mag50", .magnitude(SparsityOptions(pattern: .unstructured(fraction: 0.5)))),
    ("wanda50", .wanda(SparsityOptions(pattern: .unstructured(fraction: 0.5)))),
    ("sgpt50", .sparseGPT(SparsityOptions(pattern: .unstructured(fraction: 0.5)))),
    ("mag24", .magnitude(SparsityOptions(pattern: .structured(pruned: 2, of: 4)))),
    ("wanda24", .wanda(SparsityOptions(pattern: .structured(pruned: 2, of: 4)))),
    ("sgpt24", .sparseGPT(SparsityOptions(pattern: .structured(pruned: 2, of: 4)))),
]

@Suite struct `Layers of a real model (needs SPOKESHAVE_SHARED)` {
    @Test(.enabled(if: shared != nil), arguments: layers)
    func `agree with an independent implementation`(_ name: String) throws {
        let file = try SafetensorsFile(path: "\(shared ?? "")/assets/golden/\(name).safetensors")
        let published = try JSONDecoder().decode(
            [String: Double].self, from: Data((file.metadata["relerr"] ?? "{}").utf8))
        guard let weight = file.matrix("W"), let gram = file.matrix("H") else {
            Issue.record("\(name) has no W or H")
            return
        }
        let diagonal = (0..<gram.rows).map { gram[$0, $0] }
        for (recipe, method) in recipes {
            let factor: InverseFactor? = try makeFactor(
                gram: gram.copy(), dampingFraction: 0.01, actOrder: method.ordersColumns,
                layer: name)
            let result = try compress(
                weight.copy(), method: method, gramDiagonal: diagonal.span, factor: factor,
                layer: name)
            let error = relativeOutputError(
                original: weight, compressed: result.weight, gram: gram)
            let golden = try #require(published[recipe], "\(recipe)")
            guard let expected = file.matrix(recipe) else {
                Issue.record("\(name) has no \(recipe)")
                continue
            }
            let agreement = agreement(result.weight.values, expected.values)
            report(name, recipe, error, golden, agreement)
            // One per cent is asked for. A near-tie that falls the other way in another order of
            // floating-point sums moves the sweeps by far less.
            #expect(isClose(error, golden, tolerance: 0.01), "\(recipe)")
            if !method.needsFactor { #expect(agreement > 0.999, "\(recipe)") }
        }
    }

    /// The fraction of weights that agree to 1e-4 of the largest weight and in being zero.
    private func agreement(_ found: [Float], _ golden: [Float]) -> Double {
        let unit = golden.reduce(0) { max($0, abs($1)) } * 1e-4
        let same = zip(found, golden).count { abs($0 - $1) <= unit && ($0 == 0) == ($1 == 0) }
        return Double(same) / Double(golden.count)
    }

    /// Writes a line for whoever asked for this test.
    private func report(
        _ layer: String, _ recipe: String, _ error: Double, _ golden: Double, _ agreement: Double
    ) {
        let line =
            "\(layer) \(recipe): error \(error), reference \(golden), "
            + "agreement \(agreement)\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}
