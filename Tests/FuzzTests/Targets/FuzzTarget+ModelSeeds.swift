import Checkpoints

extension FuzzTarget {
    /// One file with a block of every type.
    static func ggufTypesSeed() throws -> [UInt8] {
        try gguf(
            ["general.architecture": .string("none")],
            GGUFTensorType.allCases.map { ("t.\($0.rawValue)", $0, [$0.elementsPerBlock]) })
    }

    /// A file whose data count up, so that blocks have scales and codes of all kinds.
    static func gguf(
        _ metadata: GGUFMetadata, _ tensors: [(name: String, type: GGUFTensorType, shape: [Int])]
    ) throws -> [UInt8] {
        let layout = try GGUFLayout(metadata: metadata, tensors: tensors)
        let dataBytes = layout.totalBytes - layout.headerBytes.count
        return layout.headerBytes + (0..<dataBytes).map { UInt8(truncatingIfNeeded: 37 * $0 + 1) }
    }

    /// Small models, whole, with matrices of many types.
    static func ggufModelSeeds() throws -> [[UInt8]] {
        try ["llama", "qwen3", "gemma3_text", "phi3"].map { type in
            let text = """
                {"model_type": "\(type)", "num_hidden_layers": 1, "hidden_size": 32,
                 "max_position_embeddings": 64, "intermediate_size": 32, "num_attention_heads": 2,
                 "num_key_value_heads": 1, "vocab_size": 4, "head_dim": 8, "rms_norm_eps": 1e-05,
                 "query_pre_attn_scalar": 8, "sliding_window": 16, "tie_word_embeddings": true}
                """
            let plan = try GGUFModel(
                configuration: JSONValue.parse(Array(text.utf8), file: "config.json"))
            var metadata = plan.metadata(name: "fuzz", fileType: .q4Type0)
            metadata.merge(vocabulary)
            let norms = ["input_layernorm", "post_attention_layernorm"]
            let linears: [(String, GGUFTensorType, [Int])] =
                type == "phi3"
                ? [
                    ("self_attn.qkv_proj", .q4Type0, [32, 32]),
                    ("mlp.gate_up_proj", .q5Type1, [64, 32]),
                ]
                : [
                    ("self_attn.q_proj", .q8Type0, [16, 32]),
                    ("self_attn.k_proj", .q4Type0, [8, 32]),
                    ("self_attn.v_proj", .iq4NonLinear, [8, 32]),
                    ("mlp.gate_proj", .q5Type1, [32, 32]), ("mlp.up_proj", .q4Type1, [32, 32]),
                ]
            let all: [(String, GGUFTensorType, [Int])] =
                norms.map { ($0, .float32, [32]) } + linears + [
                    ("self_attn.o_proj", .bfloat16, [32, 16]),
                    ("mlp.down_proj", .q5Type0, [32, 32]),
                ]
            let tensors = all.compactMap { name, type, shape in
                plan.change(writing: "model.layers.0.\(name).weight").map { ($0.name, type, shape) }
            }
            return try gguf(metadata, [("token_embd.weight", .float16, [4, 32])] + tensors)
        }
    }

    private static let vocabulary: GGUFMetadata = [
        "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string("llama-bpe"),
        "tokenizer.ggml.tokens": .texts(["a", "b", "ab", "<s>"]),
        "tokenizer.ggml.token_type": .array(of: .int32, [1, 1, 1, 3].map { .int32($0) }),
        "tokenizer.ggml.merges": .texts(["a b"]), "tokenizer.ggml.bos_token_id": .uint32(3),
        "tokenizer.ggml.add_bos_token": .boolean(true),
        "tokenizer.chat_template": .string("{{ messages }}"),
    ]

    /// Folders in each format, with the numbers of a small layer; see ``DrawnFolder``.
    static let folderSeeds = [
        """
        {"config": {"quantization_config": {"quant_method": "compressed-tensors",
          "format": "pack-quantized", "quantization_status": "compressed", "version": "0.17.0",
          "ignore": ["lm_head", "re:.*gate$"], "config_groups": {"group_0": {"targets": ["Linear"],
           "weights": {"num_bits": 4, "type": "int", "symmetric": false, "strategy": "group",
            "group_size": 16, "dynamic": false, "actorder": null}}}}},
         "tensors": {
          "a.weight_packed": {"type": "I32", "shape": [8, 4], "data": [1985229328, -19088744]},
          "a.weight_scale": {"type": "F16", "shape": [8, 2], "data": [15360, 14336, 46080]},
          "a.weight_zero_point": {"type": "I32", "shape": [1, 2], "data": [1985229328]},
          "a.weight_shape": {"type": "I64", "shape": [2], "data": [8, 32]},
          "n.weight": {"type": "BF16", "shape": [32], "data": [16256, 32640]}}}
        """,
        """
        {"config": {"quantization_config": {"quant_method": "compressed-tensors",
          "format": "pack-quantized", "version": "0.12.2", "config_groups": {
           "group_0": {"targets": ["re:a.*"], "weights": {"num_bits": 3, "symmetric": true,
            "group_size": 8, "actorder": "group"}},
           "group_1": {"targets": ["b"], "weights": {"num_bits": 8, "strategy": "tensor"}}}}},
         "tensors": {
          "a.weight_packed": {"type": "I32", "shape": [4, 4], "data": [1717986918, 7]},
          "a.weight_scale": {"type": "BF16", "shape": [4, 4], "data": [16256, 15872]},
          "a.weight_g_idx": {"type": "I32", "shape": [32], "data": [0, 1, 2, 3]},
          "a.weight_shape": {"type": "I32", "shape": [2], "data": [4, 32]},
          "b.weight_packed": {"type": "I32", "shape": [2, 8], "data": [-1, 2139062143]},
          "b.weight_scale": {"type": "F32", "shape": [1], "data": [1065353216]},
          "b.weight_shape": {"type": "I64", "shape": [2], "data": [2, 32]}}}
        """,
        """
        {"config": {"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 16,
          "desc_act": true, "sym": false, "checkpoint_format": "gptq_v2", "lm_head": false,
          "pack_dtype": "int32", "dynamic": {"-:lm_head": {}, "+:b.*": {"bits": 8}}}},
         "tensors": {
          "a.qweight": {"type": "I32", "shape": [4, 32], "data": [1985229328, -19088744, 3]},
          "a.qzeros": {"type": "I32", "shape": [2, 4], "data": [1985229328, -2004318072]},
          "a.scales": {"type": "F16", "shape": [2, 32], "data": [15360, 14336]},
          "a.g_idx": {"type": "I32", "shape": [32], "data": [0, 1]},
          "a.bias": {"type": "F16", "shape": [32], "data": [15360]}}}
        """,
        """
        {"config": {"model_type": "llama", "num_hidden_layers": 1, "hidden_size": 32,
          "max_position_embeddings": 64, "intermediate_size": 64, "num_attention_heads": 4,
          "vocab_size": 4},
         "quantize_config": {"bits": 4, "group_size": 32, "desc_act": false, "sym": true},
         "tensors": {
          "model.layers.0.self_attn.q_proj.qweight":
           {"type": "I32", "shape": [4, 32], "data": [1985229328, -19088744, 3]},
          "model.layers.0.self_attn.q_proj.qzeros":
           {"type": "I32", "shape": [1, 4], "data": [2004318071]},
          "model.layers.0.self_attn.q_proj.scales":
           {"type": "F16", "shape": [1, 32], "data": [15360, 14336]},
          "model.layers.0.mlp.up_proj.weight":
           {"type": "BF16", "shape": [64, 32], "data": [16256, -16512, 15872]},
          "model.norm.weight": {"type": "F32", "shape": [32], "data": [1065353216]},
          "model.embed_tokens.weight": {"type": "F16", "shape": [4, 32], "data": [15360, 31743]}}}
        """,
    ]
}
