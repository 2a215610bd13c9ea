import Linalg
import Testing

@testable import Methods

private func half(maskBlock: Int? = nil, block: Int = 128) -> SparsityOptions {
    SparsityOptions(
        pattern: .unstructured(fraction: 0.5), maskBlockSize: maskBlock, blockSize: block)
}

private let twoOfFour = SparsityOptions(pattern: .structured(pruned: 2, of: 4))

@Suite struct `Golden pruning vectors` {
    @Test(arguments: [
        (
            CompressionMethod.magnitude(half()),
            "1 0 1 1 1 1 0 1 / 0 0 0 1 0 0 0 0 / 1 0 1 1 0 1 1 1"
        ),
        (.wanda(half()), "1 0 0 0 1 1 0 1 / 1 0 0 1 1 1 0 0 / 1 0 1 0 0 1 1 0"),
        (.wanda(twoOfFour), "1 0 0 1 1 0 0 1 / 1 0 0 1 1 1 0 0 / 1 0 1 0 0 1 1 0"),
        (
            .sparseGPT(half(maskBlock: 4, block: 4)),
            "1 0 0 1 1 1 0 1 / 1 0 0 1 1 0 0 0 / 1 0 1 1 1 1 1 0"
        ),
        (.sparseGPT(twoOfFour), "1 0 0 1 1 0 0 1 / 1 0 0 1 1 0 1 0 / 1 0 1 0 0 1 1 0"),
    ])
    func `agree in masks`(_ method: CompressionMethod, _ mask: String) throws {
        let layer = try GoldenData.compressed(method)
        let found = zeroMask(layer.weight.values)
        let golden = numbers(mask)
        #expect(found == golden)
        #expect(layer.sparsity == Double(golden.reduce(0, +)) / 24)
    }

    @Test func `agree in unstructured SparseGPT weights`() throws {
        let layer = try GoldenData.compressed(.sparseGPT(half(maskBlock: 4, block: 4)))
        expectClose(
            layer.weight.values,
            [
                0, 0.600490, 0.277042, 0, 0, 0, 0.708688, 0,
                0, 0.988195, -0.819597, 0, 0, 0.463948, -0.238272, -0.729563,
                0, -0.634576, 0, 0, 0, 0, 0, 0.456480,
            ])
        let error = GoldenData.error(of: layer.weight)
        let damped = layer.squaredErrorDamped
        #expect(isClose(error, 0.15448502, tolerance: 1e-5))
        #expect(isClose(damped, 0.16425386, tolerance: 1e-5))
    }

    @Test func `agree in 2 of 4 SparseGPT weights`() throws {
        let layer = try GoldenData.compressed(.sparseGPT(twoOfFour))
        expectClose(
            layer.weight.values,
            [
                0, 0.600490, 0.277042, 0, 0, -0.133249, 0.689555, 0,
                0, 0.988195, -0.819597, 0, 0, 0.463948, 0, -0.837697,
                0, -0.634576, 0, 0.096842, -0.438983, 0, 0, 0.344396,
            ])
        let error = GoldenData.error(of: layer.weight)
        #expect(isClose(error, 0.10753426, tolerance: 1e-5))
    }

    @Test(arguments: [1, 3, 8, 128])
    func `do not depend on the lazy block`(_ block: Int) throws {
        let layer = try GoldenData.compressed(.sparseGPT(half(maskBlock: 4, block: block)))
        #expect(
            zeroMask(layer.weight.values)
                == numbers("1 0 0 1 1 1 0 1 / 1 0 0 1 1 0 0 0 / 1 0 1 1 1 1 1 0"))
    }

    /// The handbook prints six decimals; Float32 adds about 1e-7 to that.
    private func expectClose(_ found: [Float], _ golden: [Float]) {
        for (a, b) in zip(found, golden) { #expect(abs(a - b) < 2e-6) }
    }
}
