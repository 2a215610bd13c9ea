/// A norm: its tensors and its arithmetic.
public struct NormBlueprint: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// x / rms(x) · weight (arXiv 1910.07467).
        case rootMeanSquare
        /// x / rms(x) · (1 + weight).
        case rootMeanSquareAboveOne
        /// (x - mean(x)) / deviation(x) · weight + bias (arXiv 1607.06450).
        case layer
        /// The same without weight and bias.
        case bareLayer
    }

    /// The name without ".weight" and ".bias".
    let name: String
    /// The elements that are normalised together.
    let size: Int
    let kind: Kind
    /// Added to the mean square or the variance.
    let epsilon: Float

    /// The weight and the bias, as far as there are any.
    var tensors: [String] {
        switch kind {
        case .rootMeanSquare, .rootMeanSquareAboveOne: [name + ".weight"]
        case .layer: [name + ".weight", name + ".bias"]
        case .bareLayer: []
        }
    }

    var elementCount: Int { tensors.count * size }
}

/// The norms around a sublayer f: `sum`(x + `output`(f(`input`(x)))); each may be missing.
struct SublayerNorms: Sendable, Hashable {
    /// Of what the sublayer reads.
    var input: NormBlueprint?
    /// Of what it gives, before the residual is added.
    var output: NormBlueprint?
    /// Of the sum.
    var sum: NormBlueprint?

    var all: [NormBlueprint] { [input, output, sum].compactMap { $0 } }
}
