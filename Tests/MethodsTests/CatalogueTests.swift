import Foundation
import Linalg
import Testing

@testable import Methods

/// Every catalogued method, and the variants that an example does not reach.
private let methods: [CompressionMethod] =
    Catalogue.entries.map(\.example) + [
        .roundToNearest(
            QuantizationOptions(bits: 8, groupSize: 7, symmetric: true, grid: .meanSquaredError)),
        .gptq(QuantizationOptions(bits: 2, groupSize: 16, actOrder: .dynamic)),
        .gptq(QuantizationOptions(bits: 5, groupSize: 16, symmetric: true, actOrder: .static)),
        .gptq(QuantizationOptions(bits: 3, groupSize: nil, grid: .meanSquaredError)),
        .magnitude(SparsityOptions(pattern: .structured(pruned: 2, of: 4))),
        .wanda(SparsityOptions(pattern: .structured(pruned: 1, of: 8))),
        .sparseGPT(SparsityOptions(pattern: .structured(pruned: 2, of: 4))),
        .sparseGPT(
            SparsityOptions(
                pattern: .unstructured(fraction: 0.7), maskBlockSize: 10, blockSize: 16,
                granularity: .row)),
        .magnitude(SparsityOptions(pattern: .unstructured(fraction: 0))),
        .wanda(SparsityOptions(pattern: .unstructured(fraction: 0))),
        .sparseGPT(SparsityOptions(pattern: .unstructured(fraction: 0))),
    ]

@Suite struct `Every method of the catalogue` {
    private let outputs = 12
    private let inputs = 40

    private func layer() -> RandomLayer { RandomLayer(outputs: 12, inputs: 40, seed: 41) }

    @Test func `has its own folder and name`() {
        let folders = Set(Catalogue.entries.map(\.folder))
        let names = Set(Catalogue.entries.map(\.example.name))
        #expect(folders.count == Catalogue.entries.count)
        #expect(names.count == Catalogue.entries.count)
    }

    @Test(arguments: methods)
    func `keeps the shape, is finite and says the same twice`(
        _ method: CompressionMethod
    ) throws {
        let layer = layer()
        let first = try layer.compressed(method)
        let second = try layer.compressed(method)
        let (a, b) = (first.weight.values, second.weight.values)
        #expect(first.weight.rows == outputs)
        #expect(first.weight.columns == inputs)
        let areFinite = a.allSatisfy { $0.isFinite }
        #expect(areFinite)
        #expect(a == b)
        #expect(first.codes == second.codes)
        #expect(first.squaredErrorDamped == second.squaredErrorDamped)
    }

    @Test(arguments: methods)
    func `counts its zeros exactly`(_ method: CompressionMethod) throws {
        let result = try layer().compressed(method)
        let values = result.weight.values
        let zeros = values.count { $0 == 0 }
        #expect(result.sparsity == Double(zeros) / Double(values.count))
        switch method {
        case .magnitude(let options), .wanda(let options), .sparseGPT(let options):
            switch options.pattern {
            case .unstructured(let fraction):
                // The published threshold prunes one more in each of at most four mask blocks.
                #expect(zeros >= Int(Double(values.count) * fraction) - outputs * 4)
                #expect(zeros <= Int(Double(values.count) * fraction) + 4)
                if fraction == 0 { #expect(zeros == 0) }
            case .structured(let pruned, let width):
                for start in stride(from: 0, to: values.count, by: width) {
                    #expect(values[start..<start + width].count { $0 == 0 } == pruned)
                }
            }
        case .roundToNearest, .gptq: break
        }
    }

    @Test(arguments: methods)
    func `can be decoded from its codes`(_ method: CompressionMethod) throws {
        let result = try layer().compressed(method)
        let options: QuantizationOptions
        switch method {
        case .roundToNearest(let given), .gptq(let given): options = given
        case .magnitude, .wanda, .sparseGPT:
            #expect(result.codes == nil)
            #expect(result.scales == nil)
            return
        }
        let groups = options.groupCount(inputs: inputs)
        // Copied out because expectations cannot look into a noncopyable value.
        let (foundCodes, foundScales, foundZeros) = (result.codes, result.scales, result.zeros)
        let codes = try #require(foundCodes)
        let scales = try #require(foundScales)
        let zeros = try #require(foundZeros)
        let index = result.groupIndex
        let values = result.weight.values
        #expect(scales.count == outputs * groups)
        #expect(zeros.count == outputs * groups)
        #expect(codes.allSatisfy { Int($0) < 1 << options.bits })
        for output in 0..<outputs {
            for input in 0..<inputs {
                let group =
                    index.map { Int($0[input]) } ?? input / (options.groupSize ?? inputs)
                let place = output * groups + group
                let code = Float(codes[output * inputs + input])
                let value = scales[place] * (code - zeros[place])
                #expect(value == values[output * inputs + input])
            }
        }
    }

    @Test(arguments: methods)
    func `survives being written down`(_ method: CompressionMethod) throws {
        let data = try JSONEncoder().encode(method)
        #expect(try JSONDecoder().decode(CompressionMethod.self, from: data) == method)
    }
}
