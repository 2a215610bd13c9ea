/// What a configuration says about rotary embeddings: `rope_theta` and `rope_scaling` until
/// transformers 4, `rope_parameters` from 5 on.
struct GGUFRope {
    let base: Double
    let localBase: Double?
    let scaling: GGUFModel.RopeScaling
    /// The part of a head that is rotated.
    let rotatedPart: Double

    init(
        _ settings: GGUFSettings, _ architecture: GGUFModel.Architecture, contextLength: Int
    ) throws(CheckpointError) {
        let (old, new) = (
            try settings.section("rope_scaling"), try settings.section("rope_parameters")
        )
        // Gemma 3 has one set of parameters for each kind of block.
        let global = try new?.section("full_attention")
        let local = try new?.section("sliding_attention")?.number("rope_theta")
        let olderLocal = try settings.number("rope_local_base_freq")
        let section = global ?? new ?? old
        let isGemma = architecture == .gemma3
        let stated = try GGUFSettings.number("rope_theta", in: [section, settings])
        base = stated ?? (isGemma ? 1_000_000 : 10_000)
        localBase = isGemma ? local ?? olderLocal ?? 10_000 : nil
        let field = "partial_rotary_factor"
        rotatedPart = try GGUFSettings.number(field, in: [section, settings]) ?? 1
        guard rotatedPart == 1 || (architecture == .phi3 && rotatedPart < 1) else {
            throw settings.wrong(field, "is \(rotatedPart), which \(architecture) does not have")
        }
        if let section {
            scaling = try Self.scaling(section, settings, contextLength)
        } else {
            scaling = .none
        }
        try Self.check(scaling, architecture, settings)
    }

    private static func scaling(
        _ section: GGUFSettings, _ outer: GGUFSettings, _ contextLength: Int
    ) throws(CheckpointError) -> GGUFModel.RopeScaling {
        let key = "original_max_position_embeddings"
        let (new, old) = (try section.text("rope_type"), try section.text("type"))
        switch new ?? old ?? "default" {
        case "default": return .none
        case "linear": return .linear(factor: try section.requiredNumber("factor"))
        case "yarn":
            return .yarn(
                factor: try section.requiredNumber("factor"),
                trainedLength:
                    try GGUFSettings.size(key, in: [section, outer]) ?? contextLength)
        case "llama3":
            let low = try section.requiredNumber("low_freq_factor")
            let high = try section.requiredNumber("high_freq_factor")
            guard high > low else {
                throw section.wrong("high_freq_factor", "is not above low_freq_factor")
            }
            return .llama3(
                factor: try section.requiredNumber("factor"), lowFactor: low, highFactor: high,
                trainedLength:
                    try GGUFSettings.size(key, in: [outer, section]) ?? contextLength)
        case let other:
            throw section.wrong(
                "rope_type",
                "is '\(other.prefix(40))', and default, linear, yarn and llama3 can be written")
        }
    }

    private static func check(
        _ scaling: GGUFModel.RopeScaling, _ architecture: GGUFModel.Architecture,
        _ settings: GGUFSettings
    ) throws(CheckpointError) {
        switch (scaling, architecture) {
        case (.none, _), (.linear, .gemma3), (_, .llama), (.linear, .qwen2), (.linear, .qwen3),
            (.yarn, .qwen2), (.yarn, .qwen3):
            return
        default:
            throw settings.wrong("rope_scaling", "has a kind that \(architecture) does not have")
        }
    }
}
