import Linalg
import Testing

@testable import Methods

/// One line of handbook layerwise 11.2.
struct QuantisationCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let method: CompressionMethod
    let codes: String
    var damped: Double?
    var error: Double?
}

private func options(
    group: Int? = nil, order: QuantizationOptions.ActOrder = .none,
    grid: QuantizationOptions.Grid = .minMax, stale: Bool = false, symmetric: Bool = false
) -> QuantizationOptions {
    QuantizationOptions(
        bits: 3, groupSize: group, symmetric: symmetric, actOrder: order, grid: grid,
        staleGroups: stale)
}

private let cases: [QuantisationCase] = [
    QuantisationCase(
        testDescription: "round to nearest", method: .roundToNearest(options()),
        codes: "3 7 3 3 2 2 7 0 / 2 7 0 4 2 6 2 1 / 7 0 5 6 1 5 7 7", error: 0.037306),
    QuantisationCase(
        testDescription: "searched range",
        method: .roundToNearest(options(grid: .meanSquaredError)),
        codes: "3 7 3 3 2 2 7 0 / 2 7 0 4 2 6 2 1 / 7 0 5 6 1 5 7 7"),
    QuantisationCase(
        testDescription: "GPTQ by rows", method: .gptq(options()),
        codes: "3 7 3 3 2 2 7 1 / 2 7 0 4 2 6 2 1 / 7 1 5 7 2 6 7 7",
        damped: 0.02747196, error: 0.02690991),
    QuantisationCase(
        testDescription: "GPTQ with act-order", method: .gptq(options(order: .dynamic)),
        codes: "3 7 3 3 2 2 7 1 / 2 7 0 4 2 6 2 1 / 6 0 5 6 0 5 6 7",
        damped: 0.02475374, error: 0.02409011),
    QuantisationCase(
        testDescription: "GPTQ with fresh groups", method: .gptq(options(group: 4)),
        codes: "3 7 2 2 1 2 7 0 / 2 7 0 4 1 7 1 0 / 7 0 5 7 0 5 7 7",
        damped: 0.02016726, error: 0.01980053),
    QuantisationCase(
        testDescription: "GPTQ with stale groups",
        method: .gptq(options(group: 4, stale: true)),
        codes: "3 7 2 2 1 2 7 0 / 2 7 0 4 1 7 0 0 / 7 0 5 7 0 5 6 7",
        damped: 0.01556472, error: 0.01525474),
    QuantisationCase(
        testDescription: "GPTQ with static groups",
        method: .gptq(options(group: 4, order: .static)),
        codes: "3 7 2 2 1 2 7 0 / 2 7 0 4 1 7 0 0 / 7 0 5 6 0 4 6 7",
        damped: 0.01586671, error: 0.01559866),
    QuantisationCase(
        testDescription: "GPTQ with dynamic groups",
        method: .gptq(options(group: 4, order: .dynamic)),
        codes: "7 7 2 2 2 5 7 0 / 1 7 0 4 2 7 2 0 / 6 0 5 6 0 4 7 7",
        damped: 0.02137836, error: 0.02088518),
]

@Suite struct `Golden quantisation vectors` {
    @Test(arguments: cases)
    func `agree in codes and errors`(_ golden: QuantisationCase) throws {
        let layer = try GoldenData.compressed(golden.method)
        let codes = layer.codes?.map(Int.init)
        #expect(codes == numbers(golden.codes))
        // The printed errors have 5 to 8 digits, and Float32 weights keep about 6 of them.
        if let damped = golden.damped {
            let found = layer.squaredErrorDamped
            #expect(isClose(found, damped, tolerance: 1e-4))
        }
        if let error = golden.error {
            let found = GoldenData.error(of: layer.weight)
            #expect(isClose(found, error, tolerance: 1e-4))
        }
    }

    @Test func `agree in scales and zeros`() throws {
        let plain = try GoldenData.compressed(.roundToNearest(options()))
        let scales = plain.scales ?? []
        let zeros = plain.zeros
        #expect(zip(scales, [0.144485, 0.211048, 0.108216]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(zeros == [1, 4, 5])
        let searched = try GoldenData.compressed(
            .roundToNearest(options(grid: .meanSquaredError)))
        let narrow = searched.scales ?? []
        #expect(zip(narrow, [0.141595, 0.211048, 0.101723]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func `agree for a symmetric range but at its exact ties`() throws {
        let layer = try GoldenData.compressed(.roundToNearest(options(symmetric: true)))
        let golden = numbers("5 7 5 5 4 5 7 4 / 2 7 0 4 2 6 2 1 / 5 0 4 5 1 4 5 6")
        let weights = GoldenData.weight.values
        let codes = layer.codes ?? []
        let scales = layer.scales ?? []
        #expect(layer.zeros == [4, 4, 4])
        #expect(zip(scales, [0.259769, 0.23187, 0.146428]).allSatisfy { abs($0 - $1) < 1e-6 })
        for (i, weight) in weights.enumerated() {
            let scale = scales[i / 8]
            if abs(abs(weight) / scale - 3.5) < 1e-3 {
                // The extreme weight lies half-way: either neighbour is right.
                let value = scale * Float(Int(codes[i]) - 4)
                #expect(abs(value - weight) < 0.501 * scale)
            } else {
                #expect(Int(codes[i]) == golden[i])
            }
        }
    }

    @Test func `agree in dequantised weights`() throws {
        let layer = try GoldenData.compressed(.gptq(options()))
        let row = Array(layer.weight.values.prefix(8))
        let golden: [Float] = [
            0.288969, 0.866908, 0.288969, 0.288969, 0.144485, 0.144485, 0.866908, 0,
        ]
        #expect(zip(row, golden).allSatisfy { abs($0 - $1) < 2e-6 })
    }

    @Test func `name the group of each column only for dynamic groups`() throws {
        let dynamic = try GoldenData.compressed(.gptq(options(group: 4, order: .dynamic)))
        // The permutation is 3 2 1 6 | 7 5 0 4.
        #expect(dynamic.groupIndex == [1, 0, 0, 0, 1, 1, 0, 1])
        let fixed = try GoldenData.compressed(.gptq(options(group: 4, order: .static)))
        #expect(fixed.groupIndex == nil)
    }
}
