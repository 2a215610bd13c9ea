import Foundation
import Linalg

/// The parts of a block beside its linear layers.
enum TransformerCases {
    /// Operations that an exponential takes, counted in the kernel.
    static let flopsOfExponential = 20.0
    private static let samples = 16_384

    static var all: [KernelCase] {
        [rmsNorm(2048), siluMultiply(1536), rotary(heads: 32), attention(512), attention(2048)]
            + [softmax(2048), likelihoods(vocabulary: 49_152)]
    }

    private static func rmsNorm(_ d: Int) -> KernelCase {
        let twinRows = 512
        let elements = Double(samples * d)
        return KernelCase(
            name: "rmsNorm", shape: "\(samples) × \(d)", flops: 4 * elements, bytes: 8 * elements,
            twin: "Reference, \(twinRows) rows", twinShare: Double(twinRows) / Double(samples),
            isQuick: true
        ) {
            var random = SplitMix64(seed: 6)
            let x = random.nextMatrix(rows: samples, columns: d)
            let few = x.copy(rows: 0..<twinRows)
            let weight = (0..<d).map { _ in Float(random.nextValue()) }
            var out = Matrix(rows: samples, columns: d)
            return KernelPair(
                fast: {
                    stopwatch {
                        Linalg.rmsNorm(x, weight: weight.span, epsilon: 1e-5, into: &out)
                    }
                },
                twin: {
                    stopwatch {
                        keep(Reference.rmsNorm(few, weight: weight.span, epsilon: 1e-5))
                    }
                })
        }
    }

    private static func siluMultiply(_ d: Int) -> KernelCase {
        let twinRows = 512
        let elements = Double(samples * d)
        return KernelCase(
            name: "siluMultiply", shape: "\(samples) × \(d)",
            flops: (flopsOfExponential + 3) * elements, bytes: 12 * elements,
            twin: "Reference, \(twinRows) rows", twinShare: Double(twinRows) / Double(samples),
            isQuick: true
        ) {
            var random = SplitMix64(seed: 7)
            let source = random.nextMatrix(rows: samples, columns: d)
            let up = random.nextMatrix(rows: samples, columns: d)
            var gate = source.copy()
            let fewGates = source.copy(rows: 0..<twinRows)
            let fewUps = up.copy(rows: 0..<twinRows)
            return KernelPair(
                fast: {
                    // Products of products would become subnormal, which are slow.
                    gate.replaceRows(from: 0, with: source)
                    return stopwatch { Linalg.siluMultiply(gate: &gate, up: up) }
                },
                twin: {
                    stopwatch { keep(Reference.siluMultiply(gate: fewGates, up: fewUps)) }
                })
        }
    }

    private static func rotary(heads: Int) -> KernelCase {
        let (length, half) = (512, 32)
        let elements = Double(samples * heads * 2 * half)
        return KernelCase(
            name: "applyRotary", shape: "\(samples) × \(heads) heads of \(2 * half)",
            flops: 3 * elements, bytes: 8 * elements, twin: "Reference, \(length) rows",
            twinShare: Double(length) / Double(samples), isQuick: true
        ) {
            var random = SplitMix64(seed: 8)
            var x = random.nextMatrix(rows: samples, columns: heads * 2 * half)
            let few = x.copy(rows: 0..<length)
            let angles = (0..<length * half).map { _ in 3 * random.nextValue() }
            let cosines = angles.map { Float(cos($0)) }
            let sines = angles.map { Float(sin($0)) }
            return KernelPair(
                fast: {
                    stopwatch {
                        applyRotary(
                            &x, heads: heads, headDimension: 2 * half, cosines: cosines.span,
                            sines: sines.span)
                    }
                },
                twin: {
                    stopwatch {
                        keep(
                            Reference.rotary(
                                few, heads: heads, headDimension: 2 * half,
                                cosines: cosines.span, sines: sines.span))
                    }
                })
        }
    }

    private static func attention(_ length: Int) -> KernelCase {
        let pairs = Double(9 * length * (length + 1) / 2)
        return KernelCase(
            name: "causalAttention", shape: "T = \(length), 9 heads, 3 of keys, 64 wide",
            flops: pairs * (4 * 64 + flopsOfExponential), bytes: Double(4 * length * 64 * 24),
            twin: "Reference, 1 head", twinShare: 1.0 / 9, isQuick: length == 512
        ) {
            let data = AttentionData(length: length)
            return KernelPair(
                fast: { stopwatch { data.run() } }, twin: { stopwatch { data.runTwin() } })
        }
    }

    private static func softmax(_ d: Int) -> KernelCase {
        let (rows, twinRows) = (8192, 64)
        let elements = Double(rows * d)
        return KernelCase(
            name: "softmax", shape: "\(rows) rows of \(d)",
            flops: (flopsOfExponential + 3) * elements, bytes: 8 * elements,
            twin: "Reference, \(twinRows) rows", twinShare: Double(twinRows) / Double(rows),
            isQuick: true
        ) {
            var random = SplitMix64(seed: 9)
            var x = random.nextMatrix(rows: rows, columns: d)
            let few = (0..<twinRows).map { _ in (0..<d).map { _ in random.nextValue() } }
            return KernelPair(
                fast: {
                    stopwatch {
                        for r in 0..<rows {
                            var row = x.mutableRow(r)
                            Linalg.softmax(&row, valid: d)
                        }
                    }
                },
                twin: { stopwatch { for row in few { keep(Reference.softmax(row)) } } })
        }
    }

    private static func likelihoods(vocabulary: Int) -> KernelCase {
        let (rows, twinRows) = (512, 8)
        let elements = Double(rows * vocabulary)
        return KernelCase(
            name: "negativeLogLikelihoods", shape: "\(rows) × \(vocabulary)",
            flops: (flopsOfExponential + 3) * elements, bytes: 4 * elements,
            twin: "Reference, \(twinRows) rows", twinShare: Double(twinRows) / Double(rows)
        ) {
            var random = SplitMix64(seed: 10)
            let logits = random.nextMatrix(rows: rows, columns: vocabulary)
            let few = logits.copy(rows: 0..<twinRows)
            let targets = (0..<rows).map { Int32($0) }
            return KernelPair(
                fast: {
                    stopwatch {
                        keep(negativeLogLikelihoods(logits: logits, targets: targets.span))
                    }
                },
                twin: {
                    let some = targets.span.extracting(first: twinRows)
                    return stopwatch {
                        keep(Reference.negativeLogLikelihoods(logits: few, targets: some))
                    }
                })
        }
    }
}

/// Queries, keys and values of SmolLM2-135M's attention, and one head of them for the twin.
private final class AttentionData {
    private let length: Int
    private let queries, keys, values: Matrix
    private let query, key, value: Matrix
    private var out: Matrix

    init(length: Int) {
        var random = SplitMix64(seed: 11)
        self.length = length
        queries = random.nextMatrix(rows: length, columns: 9 * 64)
        keys = random.nextMatrix(rows: length, columns: 3 * 64)
        values = random.nextMatrix(rows: length, columns: 3 * 64)
        query = random.nextMatrix(rows: length, columns: 64)
        key = random.nextMatrix(rows: length, columns: 64)
        value = random.nextMatrix(rows: length, columns: 64)
        out = Matrix(rows: length, columns: 9 * 64)
    }

    func run() {
        attention(
            queries: queries, keys: keys, values: values, heads: 9, keyValueHeads: 3,
            headDimension: 64, sequenceLength: length, scale: 0.125, into: &out)
    }

    func runTwin() {
        keep(
            Reference.attention(
                queries: query, keys: key, values: value, heads: 1, keyValueHeads: 1,
                headDimension: 64, scale: 0.125))
    }
}
