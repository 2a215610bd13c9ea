import Linalg
import Testing

@testable import Methods

@Suite struct `A grid by output error` {
    private func error(
        _ grid: QuantizationOptions.Grid, _ layer: borrowing RandomLayer, symmetric: Bool,
        width: Int, blockSize: Int = 128, scaleType: QuantizationOptions.ScaleType? = nil,
        actOrder: QuantizationOptions.ActOrder = .none
    ) throws -> Double {
        try layer.compressed(
            .gptq(
                QuantizationOptions(
                    bits: 4, groupSize: width, symmetric: symmetric, actOrder: actOrder, grid: grid,
                    blockSize: blockSize, scaleType: scaleType))
        ).squaredErrorDamped
    }

    @Test(arguments: [false, true], [(8, 24), (10, 24), (32, 64), (48, 16)])
    func `loses less than ranges do`(_ symmetric: Bool, shape: (width: Int, block: Int)) throws {
        for seed in 1..<4 as Range<UInt64> {
            let layer = RandomLayer(outputs: 37, inputs: 96, seed: seed)
            let searched = try error(
                .outputError, layer, symmetric: symmetric, width: shape.width,
                blockSize: shape.block)
            for other in [QuantizationOptions.Grid.minMax, .meanSquaredError] {
                let range = try error(
                    other, layer, symmetric: symmetric, width: shape.width,
                    blockSize: shape.block)
                #expect(searched < 0.97 * range)
            }
        }
    }

    @Test(arguments: [false, true])
    func `loses less in static groups too`(_ symmetric: Bool) throws {
        for seed in 1..<4 as Range<UInt64> {
            let layer = RandomLayer(outputs: 37, inputs: 96, seed: seed)
            let searched = try error(
                .outputError, layer, symmetric: symmetric, width: 32, actOrder: .static)
            for other in [QuantizationOptions.Grid.minMax, .meanSquaredError] {
                let range = try error(
                    other, layer, symmetric: symmetric, width: 32, actOrder: .static)
                #expect(searched < 0.97 * range)
            }
        }
    }

    @Test func `takes scattered columns in the order of the sweep`() throws {
        let layer = RandomLayer(outputs: 16, inputs: 12, seed: 9)
        let factor = try layer.factor()
        let quantizer = UniformQuantizer(
            QuantizationOptions(bits: 3, groupSize: 6, symmetric: true))
        // Original columns 6..<12 come at places 11, 0, 7, 2, 9 and 4 of the sweep.
        let places = [1, 3, 5, 6, 8, 10, 11, 0, 7, 2, 9, 4]
        let order = [7, 9, 11, 8, 10, 6]
        let search = GroupSearch(
            quantizer, factor: factor.factor, original: 6..<12, places: places)
        let none = UniformQuantizer.Parameters(scale: 0, zero: 0)
        var found = [UniformQuantizer.Parameters](repeating: none, count: 16)
        var target = found.mutableSpan
        search.fit(layer.weight, first: 0, into: &target)
        var part = Matrix(rows: 6, columns: 6)
        for (i, row) in order.enumerated() {
            for (j, column) in order.enumerated() {
                part[i, j] = factor.factor[places[row], places[column]]
            }
        }
        for (output, grid) in found.enumerated() {
            let row = order.map { Double(layer.weight[output, $0]) }
            let bound = row.map(abs).max() ?? 0
            let best = (0..<64).map { number in
                let place = 4.25 * (1 - Double(number / 2) / 64)
                return loss(row, Float(bound / place) * (number % 2 == 0 ? 1 : -1), part)
            }.min()
            #expect(loss(row, grid.scale, part) <= (try #require(best)) * 1.001)
        }
    }

    @Test func `is the best of its candidates, for each output`() throws {
        let layer = RandomLayer(outputs: 19, inputs: 12, seed: 9)
        let factor = try layer.factor()
        let options = QuantizationOptions(bits: 3, groupSize: 12, symmetric: true)
        let search = GroupSearch(
            UniformQuantizer(options), factor: factor.factor, columns: 0..<12)
        let none = UniformQuantizer.Parameters(scale: 0, zero: 0)
        for first in [0, 16] {
            var found = [UniformQuantizer.Parameters](repeating: none, count: min(16, 19 - first))
            var target = found.mutableSpan
            search.fit(layer.weight, first: first, into: &target)
            for (place, grid) in found.enumerated() {
                let row = (0..<12).map { Double(layer.weight[first + place, $0]) }
                let bound = row.map(abs).max() ?? 0
                let own = loss(row, grid.scale, factor.factor)
                var best = Double.infinity
                for number in 0..<64 {
                    let place = 4.25 * (1 - Double(number / 2) / 64)
                    let scale = Float(bound / place) * (number % 2 == 0 ? 1 : -1)
                    best = min(best, loss(row, scale, factor.factor))
                }
                #expect(grid.zero == 4)
                #expect(own <= best * 1.001)
            }
        }
    }

    /// What a row loses on a symmetric grid of three bits, by the definition, in Float64.
    private func loss(_ row: [Double], _ scale: Float, _ factor: borrowing Matrix) -> Double {
        var w = row
        var sum = 0.0
        for j in w.indices {
            let code = min(max((w[j] / Double(scale)).rounded(.toNearestOrEven) + 4, 0), 7)
            let error = (w[j] - Double(scale) * (code - 4)) / Double(factor[j, j])
            sum += error * error
            for k in j + 1..<w.count { w[k] -= error * Double(factor[j, k]) }
        }
        return sum
    }

    @Test func `has steps that their stored type holds, and dead columns`() throws {
        let layer = RandomLayer(outputs: 20, inputs: 64, seed: 3, dead: [0, 1, 2, 3, 40])
        let result = try layer.compressed(
            .gptq(
                QuantizationOptions(
                    bits: 4, groupSize: 32, symmetric: true, grid: .outputError,
                    scaleType: .float16)))
        let given = result.scales
        let scales = try #require(given)
        #expect(scales.allSatisfy { $0 != 0 && Float(Float16($0)) == $0 })
        #expect(scales.contains { $0 < 0 } && scales.contains { $0 > 0 })
    }

    @Test func `is refused where nothing can be searched`() {
        for method in [
            CompressionMethod.roundToNearest(QuantizationOptions(grid: .outputError)),
            .gptq(QuantizationOptions(groupSize: nil, grid: .outputError)),
            .gptq(QuantizationOptions(groupSize: 1_024, grid: .outputError)),
            .gptq(QuantizationOptions(grid: .outputError, staleGroups: true)),
        ] {
            #expect(throws: MethodError.self) {
                try method.validate(layerInputs: 2_048, outputs: 16)
            }
        }
    }
}
