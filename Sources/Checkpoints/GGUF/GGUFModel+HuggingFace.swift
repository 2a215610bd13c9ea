extension GGUFModel {
    /// A `config.json` of transformers for the model.
    ///
    /// - Parameters:
    ///   - roles: the ids of special tokens.
    ///   - hasTensor: whether the model has a tensor of a Hugging Face name.
    /// - Returns: the file's bytes.
    public func configuration(
        roles: [GGUFVocabulary.Role: Int], hasTensor: (String) -> Bool
    ) -> [UInt8] {
        var members: [String: JSONValue] = [
            "architectures": .array([.string(className)]), "model_type": .string(modelType),
            "num_hidden_layers": .integer(blockCount),
            "max_position_embeddings": .integer(contextLength),
            "hidden_size": .integer(embeddingLength),
            "intermediate_size": .integer(feedForwardLength),
            "num_attention_heads": .integer(headCount),
            "num_key_value_heads": .integer(keyValueHeadCount),
            "head_dim": .integer(headLength), "rms_norm_eps": .number(normEpsilon),
            "rope_theta": .number(ropeBase), "rope_scaling": scaling,
            "vocab_size": .integer(vocabularySize), "tie_word_embeddings": .boolean(isTied),
            "attention_dropout": .number(0), "use_cache": .boolean(true),
            "dtype": .string("float32"),
        ]
        for (key, role) in [
            ("bos_token_id", GGUFVocabulary.Role.beginning), ("eos_token_id", .end),
            ("pad_token_id", .padding),
        ] {
            members[key] = roles[role].map { .integer($0) } ?? .null
        }
        switch architecture {
        case .llama:
            members["attention_bias"] = .boolean(hasTensor("model.layers.0.self_attn.q_proj.bias"))
            members["mlp_bias"] = .boolean(hasTensor("model.layers.0.mlp.up_proj.bias"))
            members["hidden_act"] = .string("silu")
        case .qwen2:
            members["hidden_act"] = .string("silu")
            members["use_sliding_window"] = .boolean(false)
        case .qwen3:
            members["attention_bias"] = .boolean(hasTensor("model.layers.0.self_attn.q_proj.bias"))
            members["hidden_act"] = .string("silu")
            members["use_sliding_window"] = .boolean(false)
        case .gemma3:
            members["hidden_activation"] = .string("gelu_pytorch_tanh")
            members["query_pre_attn_scalar"] = .integer(attentionScaleLength)
            members["rope_local_base_freq"] = .number(localRopeBase ?? 10_000)
            members["sliding_window"] = slidingWindow.map { .integer($0) } ?? .null
            members["layer_types"] = .array(
                (0..<blockCount).map {
                    .string(Self.isSliding($0) ? "sliding_attention" : "full_attention")
                })
        case .phi3:
            members["hidden_act"] = .string("silu")
            members["sliding_window"] = slidingWindow.map { .integer($0) } ?? .null
            members["partial_rotary_factor"] = .number(
                Double(rotatedLength) / Double(headLength))
        }
        return JSONValue.object(members).encoded() + [0x0A]
    }

    private var scaling: JSONValue {
        guard case .linear(let factor) = ropeScaling else { return .null }
        return .object(["rope_type": .string("linear"), "factor": .number(factor)])
    }

    private var modelType: String {
        architecture == .gemma3 ? "gemma3_text" : architecture.rawValue
    }

    private var className: String {
        switch architecture {
        case .llama: "LlamaForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        case .gemma3: "Gemma3ForCausalLM"
        case .phi3: "Phi3ForCausalLM"
        }
    }
}
