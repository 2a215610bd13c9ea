import Linalg
import Methods

/// GPTQ and SparseGPT of one layer, the factor given.
enum SweepCases {
    /// Outputs that a twin gets.
    private static let twinOutputs = 32

    static var all: [KernelCase] {
        let shapes = [(576, 576), (1536, 576), (2048, 2048), (4096, 4096)]
        return shapes.map(gptq) + shapes.map(sparseGPT)
    }

    private static func gptq(_ outputs: Int, _ inputs: Int) -> KernelCase {
        // 64 divides all inputs here, 128 does not divide 576.
        let method = CompressionMethod.gptq(QuantizationOptions(bits: 4, groupSize: 64))
        return sweep("GPTQ sweep", outputs, inputs, method: method) { weight, factor in
            NaiveSweep.quantize(weight, factor: factor, groupSize: 64, maximumCode: 15)
        }
    }

    private static func sparseGPT(_ outputs: Int, _ inputs: Int) -> KernelCase {
        let options = SparsityOptions(pattern: .unstructured(fraction: 0.5))
        let method = CompressionMethod.sparseGPT(options)
        return sweep("SparseGPT sweep", outputs, inputs, method: method) { weight, factor in
            NaiveSweep.prune(weight, factor: factor, fraction: 0.5, maskWidth: 128)
        }
    }

    private static func sweep(
        _ name: String, _ outputs: Int, _ inputs: Int, method: CompressionMethod,
        twin: @escaping (consuming Matrix, borrowing Matrix) -> Matrix
    ) -> KernelCase {
        KernelCase(
            name: name, shape: "\(outputs) × \(inputs)",
            flops: Double(outputs) * Double(inputs) * Double(inputs),
            bytes: 8 * Double(outputs * inputs) + 2 * Double(inputs * inputs),
            twin: "plain Swift, \(twinOutputs) outputs",
            twinShare: Double(twinOutputs) / Double(outputs), isQuick: outputs == 576
        ) {
            var random = SplitMix64(seed: 4)
            let weight = random.nextMatrix(rows: outputs, columns: inputs)
            let gram = randomGram(inputs, seed: 5)
            let factor: InverseFactor? = try makeFactor(
                gram: gram.copy(), dampingFraction: 0.01, actOrder: false, layer: "bench")
            let same = try inverseFactor(of: damped(gram))
            return KernelPair(
                fast: { try timeCompress(weight.copy(), method: method, factor: factor) },
                twin: {
                    timeTwin(weight.copy(rows: 0..<twinOutputs), same, twin)
                })
        }
    }

    private static func timeTwin(
        _ weight: consuming Matrix, _ factor: borrowing Matrix,
        _ twin: (consuming Matrix, borrowing Matrix) -> Matrix
    ) -> Double {
        let start = ContinuousClock.now
        keep(twin(weight, factor))
        return (ContinuousClock.now - start) / .seconds(1)
    }
}

/// Seconds of one layer's sweep.
func timeCompress(
    _ weight: consuming Matrix, method: CompressionMethod, factor: borrowing InverseFactor?
) throws -> Double {
    let start = ContinuousClock.now
    keep(try compress(weight, method: method, factor: factor, layer: "bench"))
    return (ContinuousClock.now - start) / .seconds(1)
}
