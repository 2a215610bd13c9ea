import Linalg
import Testing

@testable import Methods

@Suite struct `Options` {
    private static let refused: [CompressionMethod] = [
        .gptq(QuantizationOptions(bits: 1)),
        .gptq(QuantizationOptions(bits: 9)),
        .gptq(QuantizationOptions(groupSize: 0)),
        .gptq(QuantizationOptions(blockSize: 0)),
        .gptq(QuantizationOptions(blockSize: 4097)),
        .gptq(QuantizationOptions(groupSize: nil, staleGroups: true)),
        .gptq(QuantizationOptions(actOrder: .static, staleGroups: true)),
        .roundToNearest(QuantizationOptions(actOrder: .dynamic)),
        .magnitude(SparsityOptions(pattern: .unstructured(fraction: 1))),
        .magnitude(SparsityOptions(pattern: .unstructured(fraction: -0.1))),
        .wanda(SparsityOptions(pattern: .unstructured(fraction: .nan))),
        .wanda(SparsityOptions(pattern: .structured(pruned: 4, of: 4))),
        .wanda(SparsityOptions(pattern: .structured(pruned: 0, of: 4))),
        .sparseGPT(SparsityOptions(pattern: .structured(pruned: 1, of: 2000))),
        .sparseGPT(SparsityOptions(pattern: .unstructured(fraction: 0.5), maskBlockSize: 0)),
    ]

    @Test(arguments: refused)
    func `out of bounds are refused with a reason`(_ method: CompressionMethod) {
        let error = #expect(throws: MethodError.self) {
            try method.validate(layerInputs: 4000, outputs: 8)
        }
        guard case .invalidOption(let name, let reason) = error else {
            Issue.record("wrong error: \(String(describing: error))")
            return
        }
        #expect(name == method.name)
        #expect(!reason.isEmpty)
        #expect(error?.description.hasSuffix(".") == true)
    }

    @Test func `at their bounds are accepted`() throws {
        for bits in [2, 8] {
            try CompressionMethod.gptq(QuantizationOptions(bits: bits, groupSize: 1))
                .validate(layerInputs: 1, outputs: 1)
        }
        try CompressionMethod.wanda(SparsityOptions(pattern: .unstructured(fraction: 0.999)))
            .validate(layerInputs: 1, outputs: 1)
    }

    @Test func `that do not divide the inputs are refused by the layer's name`() {
        let method = CompressionMethod.wanda(
            SparsityOptions(pattern: .structured(pruned: 2, of: 4)))
        let error = #expect(throws: MethodError.self) {
            try method.validate(layerInputs: 10, outputs: 3, layer: "blocks.0.q")
        }
        #expect(error?.description.contains("blocks.0.q") == true)
    }

    @Test func `need the statistics that they declare`() {
        let weight = Matrix(rows: 2, columns: 4)
        #expect(throws: MethodError.self) {
            _ = try compress(
                weight.copy(), method: .gptq(QuantizationOptions()), layer: "no factor")
        }
        #expect(throws: MethodError.self) {
            let options = SparsityOptions(pattern: .unstructured(fraction: 0.5))
            _ = try compress(weight.copy(), method: .wanda(options), layer: "no diagonal")
        }
    }

    @Test func `must match the factor's column order and size`() throws {
        let factor: InverseFactor? = try makeFactor(
            gram: GoldenData.gram, dampingFraction: 0.01, actOrder: false, layer: "GV")
        #expect(throws: MethodError.columnOrderMismatch(layer: "l", expectsActOrder: true)) {
            _ = try compress(
                GoldenData.weight, method: .gptq(QuantizationOptions(actOrder: .dynamic)),
                factor: factor, layer: "l")
        }
        #expect(throws: MethodError.self) {
            _ = try compress(
                Matrix(rows: 2, columns: 9), method: .gptq(QuantizationOptions()),
                factor: factor, layer: "l")
        }
    }

    @Test func `never hide weights that are not finite`() {
        #expect(throws: MethodError.weightNotFinite(layer: "l")) {
            _ = try compress(
                matrix([1, .nan], rows: 1), method: .roundToNearest(QuantizationOptions()),
                layer: "l")
        }
    }
}
