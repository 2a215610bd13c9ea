extension FuzzTarget {
    /// One configuration of each architecture at least.
    static let configurationSeeds = [
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
         "intermediate_size": 128, "vocab_size": 100, "num_hidden_layers": 2, "head_dim": 16,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256,
         "rms_norm_eps": 1e-5, "hidden_act": "silu", "attention_bias": true, "mlp_bias": false,
         "rope_theta": 10000.0, "tie_word_embeddings": true, "pretraining_tp": 1,
         "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
          "high_freq_factor": 4.0, "original_max_position_embeddings": 64}}
        """,
        """
        {"model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "vocab_size": 100,
         "num_hidden_layers": 1, "num_attention_heads": 4,
         "rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 2}}
        """,
        """
        {"model_type": "gemma3_text", "hidden_size": 64, "intermediate_size": 128, "head_dim": 16,
         "vocab_size": 100, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "sliding_window": 7, "query_pre_attn_scalar": 16,
         "layer_types": ["sliding_attention", "full_attention"],
         "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8.0},
          "sliding_attention": {"rope_theta": 1e4}}}
        """,
        """
        {"model_type": "qwen2_moe", "hidden_size": 64, "intermediate_size": 128, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
         "shared_expert_intermediate_size": 48, "mlp_only_layers": [0], "norm_topk_prob": true}
        """,
        """
        {"model_type": "gpt2", "n_embd": 64, "n_head": 4, "n_layer": 2, "vocab_size": 100}
        """,
        """
        {"model_type": "opt", "hidden_size": 64, "ffn_dim": 128, "num_attention_heads": 4,
         "num_hidden_layers": 2, "vocab_size": 100, "word_embed_proj_dim": 32}
        """,
        """
        {"model_type": "gemma3_text", "hidden_size": 64, "intermediate_size": 128, "head_dim": 16,
         "vocab_size": 100, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "final_logit_softcapping": 30.0, "sliding_window_pattern": 2}
        """,
        """
        {"model_type": "mistral", "hidden_size": 64, "intermediate_size": 96, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "sliding_window": 2, "rms_norm_eps": 1e-6}
        """,
        """
        {"model_type": "qwen2", "hidden_size": 64, "intermediate_size": 96, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "use_sliding_window": true, "sliding_window": 1, "max_window_layers": 1}
        """,
        """
        {"model_type": "qwen3", "hidden_size": 64, "intermediate_size": 96, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 1,
         "head_dim": 8, "attention_bias": true, "tie_word_embeddings": true}
        """,
        """
        {"model_type": "phi3", "hidden_size": 64, "intermediate_size": 96, "vocab_size": 100,
         "num_hidden_layers": 1, "num_attention_heads": 4, "partial_rotary_factor": 0.5,
         "sliding_window": null, "original_max_position_embeddings": 4096}
        """,
        """
        {"model_type": "mixtral", "hidden_size": 32, "intermediate_size": 48, "vocab_size": 100,
         "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2,
         "num_local_experts": 3, "num_experts_per_tok": 2}
        """,
        """
        {"model_type": "qwen3_moe", "hidden_size": 32, "intermediate_size": 48, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "num_experts": 3, "num_experts_per_tok": 3, "moe_intermediate_size": 16,
         "decoder_sparse_step": 2, "mlp_only_layers": []}
        """,
        """
        {"model_type": "bert", "hidden_size": 32, "intermediate_size": 48, "vocab_size": 100,
         "num_hidden_layers": 1, "num_attention_heads": 4, "max_position_embeddings": 9,
         "type_vocab_size": 1, "layer_norm_eps": 1e-12, "hidden_act": "relu"}
        """,
    ]

    /// Tokenizers of each kind.
    static let tokenizerSeeds = [
        #"""
        {"added_tokens": [{"id": 6, "content": "<|endoftext|>", "special": true, "lstrip": true,
         "rstrip": true, "single_word": true, "normalized": false}],
         "normalizer": {"type": "NFC"},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
          {"type": "Digits", "individual_digits": true},
          {"type": "Split", "pattern": {"Regex":
           "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"},
           "behavior": "Isolated", "invert": false},
          {"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}]},
         "post_processor": {"type": "TemplateProcessing", "single": [
           {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}}],
          "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [6]}}},
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "dropout": null, "unk_token": "<u>", "byte_fallback": false,
          "fuse_unk": true, "ignore_merges": true,
          "vocab": {"a": 0, "l": 1, "ll": 2, "Ġ": 3, "lla": 4, "<u>": 5},
          "merges": ["l l", ["ll", "a"]]}}
        """#,
        #"""
        {"pre_tokenizer": {"type": "ByteLevel"}, "model": {"vocab": {"a": 0, "aa": 1},
         "merges": ["a a"]}}
        """#,
        #"""
        {"added_tokens": [{"id": 5, "content": "<s>", "special": true, "normalized": true}],
         "normalizer": {"type": "Sequence", "normalizers": [
          {"type": "Prepend", "prepend": "▁"},
          {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"String": "<"}, "behavior": "MergedWithPrevious",
           "invert": false},
          {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first",
           "split": false}]},
         "decoder": {"type": "Sequence", "decoders": [
          {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
          {"type": "ByteFallback"}, {"type": "Fuse"},
          {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
         "model": {"type": "BPE", "unk_token": "<u>", "byte_fallback": true, "fuse_unk": true,
          "vocab": {"▁": 0, "l": 1, "▁l": 2, "<u>": 3, "<0x41>": 4}, "merges": ["▁ l"]}}
        """#,
        #"""
        {"normalizer": {"type": "BertNormalizer", "clean_text": true,
          "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "BertProcessing", "sep": ["b", 2], "cls": ["a", 1]},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##",
          "max_input_chars_per_word": 9,
          "vocab": {"?": 0, "a": 1, "b": 2, "##a": 3, "##ive": 4, "world": 5, "漢": 6}}}
        """#,
        #"""
        {"added_tokens": [{"id": 3, "content": " ", "lstrip": true, "rstrip": true}],
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"Regex":
           "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|\#
         ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
           "behavior": "Isolated", "invert": false},
          {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
         "post_processor": {"type": "Sequence", "processors": [
          {"type": "ByteLevel"}, {"type": "RobertaProcessing", "sep": ["b", 1], "cls": ["a", 0]}]},
         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
        """#,
        #"""
        {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always",
          "split": true},
         "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
         "model": {"type": "BPE", "unk_token": "<u>", "byte_fallback": false,
          "vocab": {"▁": 0, "e": 1, "▁e": 2, "<u>": 3, "l": 4, "el": 5},
          "merges": [["▁", "e"], ["e", "l"]]}}
        """#,
    ]
}
