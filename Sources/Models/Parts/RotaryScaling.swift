/// How a model stretches its rotary frequencies beyond the length it was trained at.
public enum RotaryScaling: Sendable, Hashable {
    /// No stretching.
    case none
    /// All frequencies divided by one factor (position interpolation, arXiv 2306.15595).
    case linear(factor: Float)
    /// Long wavelengths divided by the factor, short ones kept, those between interpolated, as
    /// Llama 3.1 does (arXiv 2407.21783).
    case llama3(factor: Float, lowFrequency: Float, highFrequency: Float, trainedLength: Float)
}

extension RotaryEmbedding {
    /// Reads `rope_parameters` of transformers 5, or `rope_theta` and `rope_scaling` of earlier
    /// ones.
    ///
    /// `base` is that of the frequencies where the configuration gives none. Only with `allowsPart`
    /// may a `partial_rotary_factor` below 1 leave a part of each head as it is.
    init(
        configuration: ModelConfiguration,
        headDimension: Int,
        maximumPositions: Int,
        base: Double = 10_000,
        allowsPart: Bool = false
    ) throws(ModelError) {
        let old = try configuration.section("rope_scaling")
        let new = try configuration.section("rope_parameters")
        if old != nil && new != nil {
            throw .unsupportedConfiguration(
                field: "rope_scaling",
                reason: "stands beside 'rope_parameters'; remove one"
            )
        }
        let section = old ?? new
        let outer = try configuration.number("rope_theta", default: base, in: Self.bases)
        let base = try section?.number("rope_theta", default: outer, in: Self.bases) ?? outer
        var rotated = headDimension
        for place in [configuration, section].compactMap({ $0 }) {
            let part = try place.number("partial_rotary_factor", default: 1, in: 0...1)
            guard part < 1 else { continue }
            rotated = Int(Double(headDimension) * part)
            guard allowsPart, rotated > 0, rotated.isMultiple(of: 2) else {
                throw .unsupportedConfiguration(
                    field: "partial_rotary_factor",
                    reason: "is \(part), and only \(allowsPart ? "an even part of the head" : "1") "
                        + "is supported"
                )
            }
        }
        let scaling = try section.map { (s) throws(ModelError) in
            try Self.scaling(s, outer: configuration, maximumPositions: maximumPositions)
        }
        self.init(headDimension: rotated, base: base, scaling: scaling ?? .none)
    }

    /// The bases that are accepted.
    static let bases = 1.0...1e15

    /// The stretching that a section of rotary parameters asks for.
    static func scaling(
        _ section: ModelConfiguration,
        outer: ModelConfiguration,
        maximumPositions: Int
    ) throws(ModelError) -> RotaryScaling {
        let type = try section.text(
            "rope_type",
            default: try section.text("type", default: "default")
        )
        switch type {
        case "default": return .none
        case "linear":
            return .linear(
                factor: Float(try section.number("factor", default: nil, in: 1e-3...1e6))
            )
        case "llama3":
            let low = try section.number("low_freq_factor", default: nil, in: 1e-3...1e6)
            let high = try section.number("high_freq_factor", default: nil, in: 1e-3...1e6)
            guard high > low else {
                throw .invalidConfiguration(
                    field: "high_freq_factor",
                    reason: "is not above low_freq_factor"
                )
            }
            // The order of precedence is that of transformers.
            let key = "original_max_position_embeddings"
            let inner = try section.size(key, default: maximumPositions, maximum: 1 << 30)
            let length = try outer.size(key, default: inner, maximum: 1 << 30)
            return .llama3(
                factor: Float(try section.number("factor", default: nil, in: 1e-3...1e6)),
                lowFrequency: Float(low),
                highFrequency: Float(high),
                trainedLength: Float(length)
            )
        default:
            throw .unsupportedConfiguration(
                field: "rope_type",
                reason: "is '\(type)', and only default, linear and llama3 are supported"
            )
        }
    }
}
