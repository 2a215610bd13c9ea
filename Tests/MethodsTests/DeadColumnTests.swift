import Linalg
import Testing

@testable import Methods

@Suite struct `Dead columns` {
    private let dead = [0, 7, 13]

    @Test(arguments: [
        CompressionMethod.gptq(QuantizationOptions(bits: 4, groupSize: nil)),
        .gptq(QuantizationOptions(bits: 4, groupSize: 8)),
        .gptq(QuantizationOptions(bits: 4, groupSize: 8, actOrder: .dynamic)),
        .gptq(QuantizationOptions(bits: 4, groupSize: 8, actOrder: .static)),
        .sparseGPT(SparsityOptions(pattern: .unstructured(fraction: 0.25))),
        .sparseGPT(SparsityOptions(pattern: .structured(pruned: 1, of: 4))),
    ])
    func `become zero and disturb nothing`(_ method: CompressionMethod) throws {
        let layer = RandomLayer(outputs: 5, inputs: 24, seed: 31, dead: dead)
        let result = try layer.compressed(method)
        let values = result.weight.values
        for output in 0..<5 {
            for column in dead { #expect(values[output * 24 + column] == 0) }
        }
        let error = relativeOutputError(
            original: layer.weight, compressed: result.weight, gram: layer.gram)
        #expect(error < 0.2)
    }

    @Test func `are pruned first by Wanda`() throws {
        let layer = RandomLayer(outputs: 5, inputs: 24, seed: 32, dead: dead)
        let options = SparsityOptions(pattern: .unstructured(fraction: 0.125))
        let values = try layer.compressed(.wanda(options)).weight.values
        for output in 0..<5 {
            for column in dead { #expect(values[output * 24 + column] == 0) }
        }
    }

    @Test func `widen the range of whole rows but not of static groups`() throws {
        var weight = Matrix(rows: 1, columns: 4)
        for (i, value) in ([-1, 1, 100, 0.5] as [Float]).enumerated() { weight[0, i] = value }
        var gram = Matrix(rows: 4, columns: 4)
        for i in [0, 1, 3] { gram[i, i] = 1 }
        let plain: InverseFactor? = try makeFactor(
            gram: gram.copy(), dampingFraction: 0.01, actOrder: false, layer: "l")
        let sorted: InverseFactor? = try makeFactor(
            gram: gram, dampingFraction: 0.01, actOrder: true, layer: "l")
        let rows = try compress(
            weight.copy(), method: .gptq(QuantizationOptions(groupSize: nil)), factor: plain,
            layer: "l")
        let groups = try compress(
            weight, method: .gptq(QuantizationOptions(groupSize: 4, actOrder: .static)),
            factor: sorted, layer: "l")
        #expect(rows.scales == [Float(101) / 15])
        #expect(groups.scales == [Float(2) / 15])
    }
}
