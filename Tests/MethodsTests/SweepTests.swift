import Linalg
import Testing

@testable import Methods

/// Zeroes where a given mask (inputs x outputs) says so.
private struct FixedMask: ColumnChooser {
    let mask: [[Bool]]

    mutating func settle(
        from column: Int, of block: inout LazyBlock, weight: borrowing Matrix
    ) -> Int {
        let run = column..<block.columns.upperBound
        var marks: [Bool] = []
        for output in 0..<block.rows { for column in run { marks.append(mask[column][output]) } }
        block.prune(run, mask: marks.span)
        return run.upperBound
    }

    mutating func finish(_ block: borrowing LazyBlock) {}
}

/// Optimal brain surgeon by its definition: left to right, with an explicit inverse that is
/// reduced after every column. Float64.
private func eliminated(
    _ weight: [Double], inverse: [Double], inputs d: Int, mask: [[Bool]]
) -> [Double] {
    var w = weight
    var inv = inverse
    let outputs = weight.count / d
    for j in 0..<d {
        let pivot = inv[j * d + j]
        for r in 0..<outputs where mask[j][r] {
            let error = w[r * d + j] / pivot
            for k in j..<d { w[r * d + k] -= error * inv[j * d + k] }
            w[r * d + j] = 0
        }
        let row = Array(inv[j * d..<(j + 1) * d])
        for i in 0..<d {
            for k in 0..<d { inv[i * d + k] -= row[i] * row[k] / pivot }
        }
    }
    return w
}

@Suite struct `Column sweep` {
    private static let quantising: [CompressionMethod] = [
        .gptq(QuantizationOptions(bits: 3, groupSize: nil)),
        .gptq(QuantizationOptions(bits: 3, groupSize: 8)),
        .gptq(QuantizationOptions(bits: 3, groupSize: 10)),
        .gptq(QuantizationOptions(bits: 3, groupSize: 8, actOrder: .dynamic)),
        .gptq(QuantizationOptions(bits: 3, groupSize: 8, actOrder: .static)),
    ]

    @Test(arguments: [1, 5, 24, 128])
    func `with a fixed mask is explicit elimination`(_ blockSize: Int) throws {
        let layer = RandomLayer(outputs: 5, inputs: 24, seed: 11)
        let factor = try layer.factor()
        var generator = SplitMix64(seed: 5)
        var mask: [[Bool]] = []
        for _ in 0..<24 { mask.append((0..<5).map { _ in generator.nextValue() < 0 }) }
        let expected = eliminated(
            layer.weight.values.map(Double.init),
            inverse: inverse(layer.dampedGram(factor), dimension: 24), inputs: 24, mask: mask)
        var swept = layer.weight.copy()
        var chooser = FixedMask(mask: mask)
        _ = ColumnSweep(columns: 24, blockSize: blockSize)
            .run(&swept, factor: factor.factor, chooser: &chooser)
        for (found, golden) in zip(swept.values, expected) {
            #expect(abs(Double(found) - golden) < 1e-4)
        }
    }

    @Test func `with an empty mask changes nothing`() throws {
        let layer = RandomLayer(outputs: 4, inputs: 20, seed: 12)
        let factor = try layer.factor()
        var chooser = FixedMask(mask: [[Bool]](repeating: [false, false, false, false], count: 20))
        var swept = layer.weight.copy()
        let error = ColumnSweep(columns: 20, blockSize: 8)
            .run(&swept, factor: factor.factor, chooser: &chooser)
        let (before, after) = (layer.weight.values, swept.values)
        #expect(before == after)
        #expect(error == 0)
    }

    @Test(
        arguments: quantising + [
            .gptq(QuantizationOptions(bits: 2, groupSize: 6, staleGroups: true, blockSize: 16)),
            .sparseGPT(SparsityOptions(pattern: .unstructured(fraction: 0.6), maskBlockSize: 9)),
            .sparseGPT(SparsityOptions(pattern: .structured(pruned: 3, of: 8))),
        ])
    func `sums squared errors to the damped output error`(_ method: CompressionMethod) throws {
        let layer = RandomLayer(outputs: 7, inputs: 40, seed: 13, dead: [4, 17])
        let factor = try layer.factor()
        let result = try layer.compressed(method)
        var original = layer.weight.copy()
        zeroColumns(factor.dead, of: &original)
        let difference = zip(original.values, result.weight.values).map { Double($0) - Double($1) }
        let expected = quadraticForm(difference, layer.dampedGram(factor), dimension: 40)
        let found = result.squaredErrorDamped
        // The identity is exact; Float32 weights and factors leave about 1e-4.
        #expect(isClose(found, expected, tolerance: 1e-3))
    }

    @Test(arguments: quantising)
    func `gives the same codes for any block size`(_ method: CompressionMethod) throws {
        guard case .gptq(var options) = method else { return }
        let layer = RandomLayer(outputs: 6, inputs: 24, seed: 14)
        let reference = try layer.compressed(method).codes
        for blockSize in [1, 4, 7, 24] {
            options.blockSize = blockSize
            let codes = try layer.compressed(.gptq(options)).codes
            #expect(codes == reference)
        }
    }

    @Test(
        arguments: quantising + [
            .sparseGPT(SparsityOptions(pattern: .structured(pruned: 2, of: 4))),
            .sparseGPT(
                SparsityOptions(pattern: .unstructured(fraction: 0.5), granularity: .row)),
        ])
    func `gives the same answer for parts of the outputs`(_ method: CompressionMethod) throws {
        #expect(method.outputsAreIndependent)
        let layer = RandomLayer(outputs: 9, inputs: 24, seed: 15)
        let whole = try layer.compressed(method)
        let top = try layer.compressed(method, rows: 0..<4)
        let rest = try layer.compressed(method, rows: 4..<9)
        let parts = top.weight.values + rest.weight.values
        let same = whole.weight.values
        let sameZeros = zeroMask(same) == zeroMask(parts)
        #expect(sameZeros)
        for (a, b) in zip(same, parts) { #expect(abs(a - b) < 1e-4) }
        if let codes = whole.codes, let above = top.codes, let below = rest.codes {
            #expect(codes == above + below)
        }
    }

    @Test(
        arguments: quantising + [
            .gptq(QuantizationOptions(bits: 2, groupSize: 6, staleGroups: true, blockSize: 16)),
            .gptq(QuantizationOptions(bits: 4, groupSize: 16, grid: .meanSquaredError)),
            .sparseGPT(SparsityOptions(pattern: .unstructured(fraction: 0.6), maskBlockSize: 9)),
            .sparseGPT(
                SparsityOptions(pattern: .unstructured(fraction: 0.5), granularity: .row)),
            .sparseGPT(SparsityOptions(pattern: .structured(pruned: 2, of: 4))),
        ])
    func `gives the same bits with any number of threads`(_ method: CompressionMethod) throws {
        let layer = RandomLayer(outputs: 150, inputs: 96, seed: 17, dead: [3])
        let alone = try layer.compressed(method)
        Crew.setThreads(3)
        defer { Crew.setThreads(1) }
        let together = try layer.compressed(method)
        let (one, three) = (alone.weight.values, together.weight.values)
        #expect(one == three)
        #expect(alone.codes == together.codes)
        #expect(alone.squaredErrorDamped == together.squaredErrorDamped)
    }

    @Test(arguments: [(1, 2), (3, 5), (2, 4), (7, 16), (11, 33), (40, 48)])
    func `prunes exactly n of m`(_ pruned: Int, _ width: Int) throws {
        let layer = RandomLayer(outputs: 70, inputs: 2 * width, seed: 18)
        let pattern = SparsityOptions.Pattern.structured(pruned: pruned, of: width)
        let values = try layer.compressed(.sparseGPT(SparsityOptions(pattern: pattern)))
            .weight.values
        for start in stride(from: 0, to: values.count, by: width) {
            let zeros = values[start..<start + width].count { $0 == 0 }
            #expect(zeros == pruned)
        }
    }

    @Test(arguments: [
        (10, 4, 1, [0..<4, 4..<8, 8..<10]), (10, 4, 3, [0..<3, 3..<6, 6..<9, 9..<10]),
        (10, 3, 5, [0..<3, 3..<5, 5..<8, 8..<10]), (3, 8, 16, [0..<3]),
    ])
    func `cuts blocks so that units begin where weights are up to date`(
        _ columns: Int, _ blockSize: Int, _ unit: Int, _ blocks: [Range<Int>]
    ) {
        #expect(
            ColumnSweep(columns: columns, blockSize: blockSize, unit: unit).blocks == blocks)
    }

    @Test func `lowers the error of round-to-nearest`() throws {
        let layer = RandomLayer(outputs: 16, inputs: 64, seed: 16)
        let options = QuantizationOptions(bits: 3, groupSize: 32)
        let plain = try layer.compressed(.roundToNearest(options))
        let swept = try layer.compressed(.gptq(options))
        let before = relativeOutputError(
            original: layer.weight, compressed: plain.weight, gram: layer.gram)
        let after = relativeOutputError(
            original: layer.weight, compressed: swept.weight, gram: layer.gram)
        #expect(after < before)
    }
}
