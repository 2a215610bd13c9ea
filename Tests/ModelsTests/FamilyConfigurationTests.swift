import Checkpoints
import Models
import Testing

/// A configuration of a family and a change that it refuses by the name of a field.
struct RefusedConfiguration: Sendable, CustomTestStringConvertible {
    let family: String
    let changes: [String: String?]
    let field: String

    init(_ family: String, _ changes: [String: String?], names field: String? = nil) {
        self.family = family
        self.changes = changes
        self.field = field ?? changes.keys.sorted()[0]
    }

    var testDescription: String { "\(family): \(changes)" }
}

@Suite struct `A family's configuration` {
    private static let decoder: [String: String] = [
        "hidden_size": "32", "intermediate_size": "48", "num_hidden_layers": "4",
        "num_attention_heads": "4", "num_key_value_heads": "2", "vocab_size": "64",
        "head_dim": "8",
    ]

    private static let bases: [String: [String: String]] = [
        "mistral": decoder, "qwen2": decoder, "qwen3": decoder, "gemma3_text": decoder,
        "phi3": decoder, "gpt2": [:], "opt": [:], "bert": [:],
        "mixtral": decoder, "qwen2_moe": decoder, "qwen3_moe": decoder,
    ]

    private func architecture(
        _ family: String, _ changes: [String: String?] = [:]
    ) throws -> any Architecture {
        var fields = try #require(Self.bases[family])
        fields["model_type"] = "\"\(family)\""
        for (name, value) in changes { fields[name] = value }
        let members = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        return try ArchitectureCatalogue.architecture(
            configuration: Array("{\(members.joined(separator: ", "))}".utf8))
    }

    /// Operations of attention in a block, per token of sequences of 1,000: they tell the windows.
    private func attentionFlops(_ model: any Architecture, block: Int) -> Double {
        let products = model.linearGroups(inBlock: block)[0].linears
            .reduce(0) { $0 + $1.outputs * $1.inputs }
        let flops = model.segmentFlops(
            block: block, groups: 0..<1, tokens: 1_000, sequenceLength: 1_000)
        return flops / 1_000 - Double(2 * products)
    }

    /// The blocks that see less than all the past.
    private func slidingBlocks(_ model: any Architecture) -> [Int] {
        (0..<model.blockCount).filter { attentionFlops(model, block: $0) < 2 * 1_001 * 32 }
    }

    @Test(arguments: bases.keys.sorted()) func `is in the catalogue`(family: String) throws {
        #expect(try architecture(family).modelType == family)
        #expect(ArchitectureCatalogue.modelTypes.contains(family))
    }

    @Test func `of Mistral slides everywhere, nowhere for null, and by 4,096 by default`() throws {
        #expect(slidingBlocks(try architecture("mistral")) == [])
        #expect(slidingBlocks(try architecture("mistral", ["sliding_window": "null"])) == [])
        let sliding = try architecture("mistral", ["sliding_window": "100"])
        #expect(slidingBlocks(sliding) == [0, 1, 2, 3])
        let long = { (changes: [String: String?]) in
            try architecture("mistral", changes).segmentFlops(
                block: 0, groups: 0..<1, tokens: 8_192, sequenceLength: 8_192)
        }
        #expect(try long([:]) == long(["sliding_window": "4096"]))
        #expect(try long([:]) < long(["sliding_window": "null"]))
    }

    @Test(arguments: ["qwen2", "qwen3"])
    func `of Qwen slides only if it is told to`(family: String) throws {
        let window: [String: String?] = ["sliding_window": "100", "max_window_layers": "1"]
        #expect(slidingBlocks(try architecture(family, window)) == [])
        let used = window.merging(["use_sliding_window": "true"]) { $1 }
        #expect(slidingBlocks(try architecture(family, used)) == [1, 2, 3])
        let all = used.merging(["max_window_layers": "0"]) { $1 }
        #expect(slidingBlocks(try architecture(family, all)) == [0, 1, 2, 3])
        let listed = used.merging([
            "layer_types": """
            ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]
            """
        ]) { $1 }
        #expect(slidingBlocks(try architecture(family, listed)) == [0, 2])
        let none = used.merging(["sliding_window": "null"]) { $1 }
        #expect(slidingBlocks(try architecture(family, none)) == [])
    }

    @Test func `of Qwen2 has biases on q, k and v alone`() throws {
        let layers = try architecture("qwen2").linears(inBlock: 0)
        #expect(layers.map { $0.bias != nil } == [true, true, true, false, false, false, false])
    }

    @Test func `of Gemma 3 makes every sixth block global, or as it says`() throws {
        let standard = ["num_hidden_layers": "13", "sliding_window": "100"]
        #expect(
            slidingBlocks(try architecture("gemma3_text", standard))
                == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12])
        let third = standard.merging(["sliding_window_pattern": "3"]) { $1 }
        #expect(
            slidingBlocks(try architecture("gemma3_text", third)) == [0, 1, 3, 4, 6, 7, 9, 10, 12])
    }

    @Test func `of GPT-2 and OPT has the defaults of the smallest models`() throws {
        let gpt2 = try architecture("gpt2")
        #expect(gpt2.parameterCount == 124_439_808)
        #expect(gpt2.linears(inBlock: 0).allSatisfy { $0.isStoredByInputs })
        let opt = try architecture("opt")
        #expect(opt.parameterCount == 125_239_296)
        #expect(opt.linears(inBlock: 0).allSatisfy { !$0.isStoredByInputs })
        // Without the pooler's 590,592.
        #expect(try architecture("bert").parameterCount == 109_482_240 - 590_592)
    }

    @Test func `of Qwen with experts says which blocks have them`() throws {
        func sparse(_ changes: [String: String?]) throws -> [Int] {
            let model = try architecture("qwen3_moe", changes)
            return (0..<4).filter { model.linearGroups(inBlock: $0).count > 4 }
        }
        #expect(try sparse([:]) == [0, 1, 2, 3])
        #expect(try sparse(["decoder_sparse_step": "2"]) == [1, 3])
        #expect(try sparse(["mlp_only_layers": "[0, 3]"]) == [1, 2])
    }

    @Test func `tells which tensors are carried along unread`() throws {
        #expect(try architecture("gpt2").carriesUnread("transformer.h.0.attn.bias"))
        #expect(try architecture("gpt2").carriesUnread("transformer.h.0.attn.masked_bias"))
        #expect(try !architecture("gpt2").carriesUnread("transformer.h.0.attn.c_attn.bias"))
        #expect(try architecture("bert").carriesUnread("pooler.dense.weight"))
        #expect(try !architecture("bert").carriesUnread("cls.predictions.bias"))
    }

    private static let refused: [RefusedConfiguration] = [
        RefusedConfiguration("mistral", ["num_key_value_heads": nil]),
        RefusedConfiguration("mistral", ["sliding_window": "0"]),
        RefusedConfiguration("mistral", ["sliding_window": "true"]),
        RefusedConfiguration("mistral", ["layer_types": "[\"full_attention\"]"]),
        RefusedConfiguration("mistral", ["hidden_act": "\"gelu\""]),
        RefusedConfiguration("mistral", ["architectures": "[\"MistralForTokenClassification\"]"]),
        RefusedConfiguration("mistral", ["partial_rotary_factor": "0.5"]),
        RefusedConfiguration("qwen2", ["use_sliding_window": "1"]),
        RefusedConfiguration("qwen2", ["max_window_layers": "-1"]),
        RefusedConfiguration("qwen2", ["layer_types": "[\"full_attention\"]"]),
        RefusedConfiguration(
            "qwen2",
            ["layer_types": "[\"chunked_attention\", \"full_attention\", \"x\", \"x\"]"]),
        RefusedConfiguration(
            "qwen2", ["num_hidden_layers": "1", "layer_types": "[\"sliding_attention\"]"],
            names: "layer_types"),
        RefusedConfiguration("qwen2", ["hidden_act": "\"relu\""]),
        RefusedConfiguration("qwen2", ["rope_scaling": "{\"type\": \"yarn\"}"], names: "rope_type"),
        RefusedConfiguration("qwen3", ["head_dim": nil]),
        RefusedConfiguration("qwen3", ["head_dim": "7"]),
        RefusedConfiguration("qwen3", ["attention_bias": "0"]),
        RefusedConfiguration("gemma3_text", ["head_dim": nil]),
        RefusedConfiguration("gemma3_text", ["attn_logit_softcapping": "50.0"]),
        RefusedConfiguration("gemma3_text", ["final_logit_softcapping": "0"]),
        RefusedConfiguration("gemma3_text", ["query_pre_attn_scalar": "0"]),
        RefusedConfiguration("gemma3_text", ["use_bidirectional_attention": "true"]),
        RefusedConfiguration("gemma3_text", ["hidden_activation": "\"gelu\""]),
        RefusedConfiguration("gemma3_text", ["sliding_window_pattern": "0"]),
        RefusedConfiguration("gemma3_text", ["rope_parameters": "{\"rope_theta\": 1e4}"]),
        RefusedConfiguration(
            "gemma3_text",
            ["rope_parameters": "{\"full_attention\": {\"rope_type\": \"yarn\"}}"],
            names: "rope_type"),
        RefusedConfiguration(
            "phi3", ["rope_scaling": "{\"type\": \"longrope\"}"], names: "rope_type"),
        RefusedConfiguration("phi3", ["rope_scaling": "{\"type\": \"su\"}"], names: "rope_type"),
        RefusedConfiguration(
            "phi3", ["rope_scaling": "{\"type\": \"linear\", \"factor\": 2}"], names: "rope_type"),
        RefusedConfiguration("phi3", ["partial_rotary_factor": "0.4"]),
        RefusedConfiguration("phi3", ["partial_rotary_factor": "0.1"]),
        RefusedConfiguration("gpt2", ["n_head": "7"], names: "n_embd"),
        RefusedConfiguration("gpt2", ["activation_function": "\"mish\""]),
        RefusedConfiguration("gpt2", ["add_cross_attention": "true"]),
        RefusedConfiguration("gpt2", ["n_positions": "4294967296"]),
        RefusedConfiguration("gpt2", ["architectures": "[\"GPT2Model\"]"]),
        RefusedConfiguration("opt", ["num_attention_heads": "7"], names: "hidden_size"),
        RefusedConfiguration("opt", ["activation_function": "3"]),
        RefusedConfiguration("opt", ["word_embed_proj_dim": "0"]),
        RefusedConfiguration("mixtral", ["num_local_experts": "257"]),
        RefusedConfiguration("mixtral", ["num_experts_per_tok": "9"]),
        // The defaults choose more experts than there are.
        RefusedConfiguration(
            "mixtral", ["num_local_experts": "1"], names: "num_experts_per_tok"),
        RefusedConfiguration("qwen2_moe", ["num_experts": "3"], names: "num_experts_per_tok"),
        RefusedConfiguration("qwen3_moe", ["num_experts": "7"], names: "num_experts_per_tok"),
        RefusedConfiguration(
            "mixtral", ["intermediate_size": "4194304"], names: "num_local_experts"),
        RefusedConfiguration(
            "mixtral", ["num_local_experts": "256", "num_hidden_layers": "257"],
            names: "num_local_experts"),
        RefusedConfiguration("qwen2_moe", ["num_experts": "0"]),
        RefusedConfiguration("qwen2_moe", ["mlp_only_layers": "[-1]"]),
        RefusedConfiguration("qwen2_moe", ["decoder_sparse_step": "0"]),
        RefusedConfiguration("qwen3_moe", ["norm_topk_prob": "2"]),
        RefusedConfiguration(
            "qwen3_moe", ["moe_intermediate_size": "4194304"], names: "num_experts"),
        RefusedConfiguration("bert", ["is_decoder": "true"]),
        RefusedConfiguration("bert", ["position_embedding_type": "\"relative_key\""]),
        RefusedConfiguration("bert", ["architectures": "[\"BertForMaskedLM\"]"]),
    ]

    @Test(arguments: refused)
    func `that cannot be honoured is refused by the name of its field`(
        refused: RefusedConfiguration
    ) {
        #expect {
            try architecture(refused.family, refused.changes)
        } throws: { error in
            error is ModelError && "\(error)".contains("'\(refused.field)'")
        }
    }
}
