import Glibc

/// Rotary position embedding (arXiv 2104.09864) in the arithmetic of transformers: frequencies and
/// angles are Float32, each operation rounded once.
public struct RotaryEmbedding: Sendable, Hashable {
    /// The width of a head, or of the first part of it that is rotated; even.
    public let headDimension: Int
    /// The base of the frequencies, `rope_theta`.
    public let base: Double
    /// How the frequencies are stretched.
    public let scaling: RotaryScaling

    /// Describes the embedding; `headDimension` must be even.
    public init(headDimension: Int, base: Double, scaling: RotaryScaling) {
        precondition(headDimension > 0 && headDimension.isMultiple(of: 2))
        self.headDimension = headDimension
        self.base = base
        self.scaling = scaling
    }

    /// Radians per position of each pair, headDimension / 2 of them.
    public func inverseFrequencies() -> [Float] {
        let plain = (0..<headDimension / 2).map { pair in
            let exponent = Float(2 * pair) / Float(headDimension)
            return 1 / Float(pow(Double(Float(base)), Double(exponent)))
        }
        switch scaling {
        case .none: return plain
        case .linear(let factor): return plain.map { $0 / factor }
        case .llama3(let factor, let low, let high, let trained):
            return plain.map {
                stretched($0, factor: factor, low: low, high: high, trained: trained)
            }
        }
    }

    private func stretched(
        _ frequency: Float,
        factor: Float,
        low: Float,
        high: Float,
        trained: Float
    ) -> Float {
        let wavelength = 2 * Float.pi / frequency
        if wavelength > trained / low { return frequency / factor }
        if wavelength < trained / high { return frequency }
        let share = (trained / wavelength - low) / (high - low)
        return (1 - share) * frequency / factor + share * frequency
    }

    /// Cosines and sines of positions 0..<length.
    func table(length: Int) -> RotaryTable {
        let frequencies = inverseFrequencies()
        var cosines: [Float] = []
        var sines: [Float] = []
        cosines.reserveCapacity(length * frequencies.count)
        sines.reserveCapacity(length * frequencies.count)
        for position in 0..<length {
            for frequency in frequencies {
                // The angle is rounded to Float32 first, as the reference does.
                let angle = Double(Float(position) * frequency)
                cosines.append(Float(cos(angle)))
                sines.append(Float(sin(angle)))
            }
        }
        return RotaryTable(length: length, cosines: cosines, sines: sines)
    }
}
