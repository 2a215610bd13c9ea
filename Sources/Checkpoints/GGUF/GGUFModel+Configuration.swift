extension GGUFModel {
    /// Reads a `config.json` of transformers 4 or 5.
    ///
    /// What it leaves out has the value that transformers gives it.
    ///
    /// - Throws: `CheckpointError.noGGUFForm` naming the field, for other architectures and for
    ///   settings that llama.cpp does not know.
    public init(configuration: JSONValue) throws(CheckpointError) {
        let settings = GGUFSettings(value: configuration, file: "config.json")
        let architecture = try Self.architecture(settings)
        try Self.checkSupport(settings, architecture)
        self.architecture = architecture
        blockCount = try settings.requiredSize("num_hidden_layers")
        guard blockCount <= Self.blocksMax else {
            throw settings.wrong(
                "num_hidden_layers", "is \(blockCount), more than \(Self.blocksMax)")
        }
        contextLength = try settings.requiredSize("max_position_embeddings")
        embeddingLength = try settings.requiredSize("hidden_size")
        feedForwardLength = try settings.requiredSize("intermediate_size")
        headCount = try settings.requiredSize("num_attention_heads")
        vocabularySize = try settings.requiredSize("vocab_size")
        isTied = try settings.flag("tie_word_embeddings") ?? (architecture == .gemma3)
        normEpsilon =
            try settings.number("rms_norm_eps") ?? (architecture == .phi3 ? 1e-5 : 1e-6)
        keyValueHeadCount = try Self.keyValueHeads(settings, architecture, headCount)
        headLength = try Self.headLength(settings, architecture, embeddingLength, headCount)
        // The order of these rows is made as a list.
        guard headLength <= Self.headLengthMax, headCount * headLength <= Self.headRowsMax else {
            throw settings.wrong(
                "num_attention_heads",
                "is \(headCount), which makes too much with heads of \(headLength) dimensions")
        }
        slidingWindow =
            architecture == .gemma3 || architecture == .phi3
            ? try settings.size("sliding_window") : nil
        let rope = try GGUFRope(settings, architecture, contextLength: contextLength)
        (ropeBase, localRopeBase, ropeScaling) = (rope.base, rope.localBase, rope.scaling)
        let rotated = Double(headLength) * rope.rotatedPart
        guard rotated == rotated.rounded(), Int(rotated).isMultiple(of: 2) else {
            throw settings.wrong("partial_rotary_factor", "leaves an odd number of dimensions")
        }
        rotatedLength = Int(rotated)
        if architecture == .gemma3 { try checkGemma(settings) }
    }

    /// What llama.cpp takes for granted of Gemma 3, for which files have no keys.
    private func checkGemma(_ settings: GGUFSettings) throws(CheckpointError) {
        let scalar = try settings.number("query_pre_attn_scalar") ?? 256
        guard scalar == Double(attentionScaleLength) else {
            throw settings.wrong(
                "query_pre_attn_scalar",
                "is \(scalar), and llama.cpp takes \(attentionScaleLength)")
        }
        guard try settings.number("final_logit_softcapping") == nil else {
            throw settings.wrong("final_logit_softcapping", "is set, which llama.cpp ignores")
        }
        let types = try settings.list("layer_types") ?? []
        let usual = types.enumerated().allSatisfy { block, type in
            type == .string(Self.isSliding(block) ? "sliding_attention" : "full_attention")
        }
        let step = try settings.size("sliding_window_pattern") ?? 6
        guard usual, step == 6 || !types.isEmpty else {
            throw settings.wrong(
                "layer_types", "is not the usual pattern, every sixth block with full attention")
        }
    }

    private static func architecture(
        _ settings: GGUFSettings
    ) throws(CheckpointError) -> Architecture {
        switch try settings.text("model_type") {
        case "llama", "mistral": return .llama
        case "qwen2": return .qwen2
        case "qwen3": return .qwen3
        case "gemma3_text": return .gemma3
        case "phi3": return .phi3
        case let other:
            throw settings.wrong(
                "model_type",
                "is '\(other?.prefix(40) ?? "missing")', and llama, mistral, qwen2, qwen3, "
                    + "gemma3_text and phi3 can be written")
        }
    }

    private static func checkSupport(
        _ settings: GGUFSettings, _ architecture: Architecture
    ) throws(CheckpointError) {
        let standard = architecture == .gemma3 ? "gelu_pytorch_tanh" : "silu"
        let field = architecture == .gemma3 ? "hidden_activation" : "hidden_act"
        let activation = try settings.text(field) ?? standard
        guard activation == standard else {
            throw settings.wrong(field, "is '\(activation)', and llama.cpp computes \(standard)")
        }
        if architecture != .gemma3, try settings.flag("use_sliding_window") == true {
            throw settings.wrong("use_sliding_window", "is true, which llama.cpp ignores")
        }
    }

    /// Only Llama and Phi have a default that does not depend on the size of the model.
    private static func keyValueHeads(
        _ settings: GGUFSettings, _ architecture: Architecture, _ headCount: Int
    ) throws(CheckpointError) -> Int {
        let field = "num_key_value_heads"
        let stated = try settings.size(field)
        let isMistral = try settings.text("model_type") == "mistral"
        if stated == nil, isMistral || (architecture != .llama && architecture != .phi3) {
            throw settings.wrong(field, "is missing")
        }
        let count = stated ?? headCount
        guard headCount.isMultiple(of: count) else {
            throw settings.wrong(field, "is \(count), which does not divide \(headCount) heads")
        }
        return count
    }

    private static func headLength(
        _ settings: GGUFSettings, _ architecture: Architecture, _ width: Int, _ heads: Int
    ) throws(CheckpointError) -> Int {
        if let length = try settings.size("head_dim") {
            guard length.isMultiple(of: 2) else { throw settings.wrong("head_dim", "is odd") }
            return length
        }
        switch architecture {
        case .qwen3: return 128
        case .gemma3: return 256
        case .llama, .qwen2, .phi3:
            guard width.isMultiple(of: 2 * heads) else {
                throw settings.wrong(
                    "hidden_size", "is \(width), which \(heads) heads cannot share evenly")
            }
            return width / heads
        }
    }
}
