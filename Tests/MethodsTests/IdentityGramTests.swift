import Linalg
import Testing

@testable import Methods

/// With uncorrelated inputs of equal energy nothing can be compensated, so the methods of one
/// kind must agree with each other.
@Suite struct `Gram matrix that is a multiple of the identity` {
    private let inputs = 24

    private func compressed(_ method: CompressionMethod) throws -> CompressedLayer {
        var gram = Matrix(rows: inputs, columns: inputs)
        for i in 0..<inputs { gram[i, i] = 3 }
        let diagonal = [Float](repeating: 3, count: inputs)
        var generator = SplitMix64(seed: 21)
        let weight = generator.nextMatrix(rows: 7, columns: inputs)
        let factor: InverseFactor? = try makeFactor(
            gram: gram, dampingFraction: 0.01, actOrder: method.ordersColumns, layer: "identity")
        return try compress(
            weight, method: method, gramDiagonal: diagonal.span, factor: factor,
            layer: "identity")
    }

    @Test(arguments: [nil, 8, 10], QuantizationOptions.ActOrder.allCases)
    func `makes GPTQ round to nearest`(
        _ group: Int?, _ order: QuantizationOptions.ActOrder
    ) throws {
        var options = QuantizationOptions(bits: 4, groupSize: group)
        let plain = try compressed(.roundToNearest(options)).codes
        options.actOrder = order
        let swept = try compressed(.gptq(options)).codes
        #expect(swept == plain)
    }

    @Test(arguments: [SparsityOptions.Granularity.matrix, .row])
    func `makes Wanda and SparseGPT prune by magnitude`(
        _ granularity: SparsityOptions.Granularity
    ) throws {
        let options = SparsityOptions(
            pattern: .unstructured(fraction: 0.5), maskBlockSize: inputs, granularity: granularity)
        let magnitude = try compressed(.magnitude(options)).weight.values
        let wanda = try compressed(.wanda(options)).weight.values
        let sparse = try compressed(.sparseGPT(options)).weight.values
        #expect(wanda == magnitude)
        #expect(sparse == magnitude)
    }
}
