import Foundation
import Linalg

/// One operation on each element of long arrays.
enum ElementwiseCases {
    private static let rows = 4096
    private static let columns = 4096
    private static let count = rows * columns
    private static let shape = "16 Mi elements"
    private static let twinCount = 1 << 18
    private static let twinShare = Double(twinCount) / Double(count)

    static var all: [KernelCase] { [scaledAddition, exponentials, gridRounding, unpacking(4096)] }

    private static var scaledAddition: KernelCase {
        KernelCase(
            name: "addScaled", shape: shape, flops: 2 * Double(count), bytes: 12 * Double(count),
            twin: "plain Swift", isQuick: true
        ) {
            var random = SplitMix64(seed: 12)
            let x = random.nextMatrix(rows: rows, columns: columns)
            var y = Matrix(rows: rows, columns: columns)
            return KernelPair(
                fast: {
                    stopwatch {
                        var target = y.mutableElements
                        addScaled(0.5, x.elements, to: &target)
                    }
                },
                twin: {
                    stopwatch {
                        let source = x.elements
                        var target = y.mutableElements
                        for i in source.indices { target[i] += 0.5 * source[i] }
                    }
                })
        }
    }

    private static var exponentials: KernelCase {
        KernelCase(
            name: "exponentiate", shape: shape,
            flops: TransformerCases.flopsOfExponential * Double(count), bytes: 8 * Double(count),
            twin: "plain Swift, 256 Ki elements", twinShare: twinShare, isQuick: true
        ) {
            var random = SplitMix64(seed: 13)
            let source = random.nextMatrix(rows: rows, columns: columns)
            var x = source.copy()
            return KernelPair(
                fast: {
                    // The exponential of an exponential soon overflows.
                    x.replaceRows(from: 0, with: source)
                    return stopwatch {
                        var elements = x.mutableElements
                        exponentiate(&elements)
                    }
                },
                twin: {
                    x.replaceRows(from: 0, with: source)
                    return stopwatch {
                        var elements = x.mutableElements
                        for i in 0..<twinCount { elements[i] = exp(elements[i]) }
                    }
                })
        }
    }

    private static var gridRounding: KernelCase {
        KernelCase(
            name: "roundToGrid", shape: shape, flops: 6 * Double(count), bytes: 17 * Double(count),
            twin: "plain Swift, 256 Ki elements", twinShare: twinShare, isQuick: true
        ) {
            var random = SplitMix64(seed: 15)
            let weights = random.nextMatrix(rows: rows, columns: columns)
            let scales = filled(rows: rows, columns: columns, with: 0.13)
            let zeros = filled(rows: rows, columns: columns, with: 8)
            var values = Matrix(rows: rows, columns: columns)
            var codes = [UInt8](repeating: 0, count: count)
            return KernelPair(
                fast: {
                    stopwatch {
                        var code = codes.mutableSpan
                        var value = values.mutableElements
                        roundToGrid(
                            weights.elements, scales: scales.elements, zeros: zeros.elements,
                            maximumCode: 15, codes: &code, values: &value)
                    }
                },
                twin: {
                    stopwatch {
                        var code = codes.mutableSpan
                        var value = values.mutableElements
                        plainRoundToGrid(
                            weights.elements, scales: scales.elements, zeros: zeros.elements,
                            count: twinCount, codes: &code, values: &value)
                    }
                })
        }
    }

    private static func unpacking(_ d: Int) -> KernelCase {
        let packedCount = d * (d + 1) / 2
        return KernelCase(
            name: "symmetricMatrix", shape: "\(d) × \(d)", flops: 0,
            bytes: 4 * Double(packedCount + d * d), twin: "plain Swift", isQuick: true
        ) {
            var random = SplitMix64(seed: 14)
            let packed = (0..<packedCount).map { _ in Float(random.nextValue()) }
            return KernelPair(
                fast: {
                    stopwatch {
                        keep(symmetricMatrix(dimension: d, packedTriangle: packed.span))
                    }
                },
                twin: { stopwatch { keep(plainSymmetricMatrix(d, packed.span)) } })
        }
    }
}

private func plainSymmetricMatrix(_ d: Int, _ packed: Span<Float>) -> Matrix {
    var matrix = Matrix(rows: d, columns: d)
    var next = 0
    for r in 0..<d {
        for c in 0...r {
            matrix[r, c] = packed[next]
            matrix[c, r] = packed[next]
            next += 1
        }
    }
    return matrix
}

/// One value of a matrix everywhere.
private func filled(rows: Int, columns: Int, with value: Float) -> Matrix {
    var matrix = Matrix(rows: rows, columns: columns)
    for r in 0..<rows {
        for c in 0..<columns { matrix[r, c] = value }
    }
    return matrix
}

private func plainRoundToGrid(
    _ weights: Span<Float>, scales: Span<Float>, zeros: Span<Float>, count: Int,
    codes: inout MutableSpan<UInt8>, values: inout MutableSpan<Float>
) {
    for i in 0..<count {
        let step = (weights[i] / scales[i]).rounded(.toNearestOrEven) + zeros[i]
        let chosen = min(max(step, 0), 15)
        codes[i] = UInt8(chosen)
        values[i] = scales[i] * (chosen - zeros[i])
    }
}
