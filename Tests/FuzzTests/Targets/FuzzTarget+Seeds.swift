import Blobs
import Checkpoints
import Domain
import Foundation
import Planning
import Wire

extension FuzzTarget {
    /// Valid samples to start from, made by our own code; `Fixtures/` holds more of them, and
    /// everything that was ever found.
    public func seeds() throws -> [[UInt8]] {
        switch self {
        case .workerRequest: try Samples.workerRequests.map { try $0.encoded() }
        case .workerReply: try Samples.workerReplies.map { try $0.encoded() }
        case .clientRequest: try Samples.clientRequests.map { try $0.encoded() }
        case .clientReply: try Samples.clientReplies.map { try $0.encoded() }
        case .blobRequest: try Samples.blobRequests.map { try $0.encoded() }
        case .blobReply: try Samples.blobReplies.map { try $0.encoded() }
        case .sessionRequest: try Self.sessionRequests.map { try $0.encoded() }
        case .sessionReply: try Self.sessionReplies.map { try $0.encoded() }
        case .sessionProblem: try Self.sessionProblems.map { try $0.encoded() }
        case .blobManifest:
            [0, 1, 3].compactMap { count in
                let chunks = (0..<count).map { Digest(sha256Of: [UInt8($0)]) }
                return BlobManifest(byteCount: count * Limits.chunkBytes, chunks: chunks)?
                    .canonicalBytes
            }
        case .recipe: PaperModel.recipes.map { Array($0.utf8) }
        case .specification: try PaperModel.specifications().map { try $0.encoded() }
        case .tokenFacts:
            [Array(#"{"heldOut":1,"tokens":5000,"windows":8}"#.utf8)]
        case .safetensors: Self.safetensorsSeeds
        case .gguf: [try Self.ggufSeed()]
        case .tokens: Self.tokenSeeds
        case .shardIndex: [Array(Self.shardIndexSeed.utf8)]
        case .tokenizer: Self.tokenizerSeeds.map { Array($0.utf8) }
        case .modelConfiguration: Self.configurationSeeds.map { Array($0.utf8) }
        }
    }

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 & 255) } }

    private static let sessionRequests: [SessionRequest] = [
        .challenge, .fetchAuthority, .renew(request: bytes(300)),
        .open(
            certificate: bytes(400), nonce: bytes(32), incarnation: .max, signature: bytes(64)),
        .join(token: "skv1.a.b.c", request: bytes(300), name: "node-1"),
    ]

    private static let sessionProblems: [SessionProblem] = [
        .unknownSession, .refused("Not you."), .later(milliseconds: 500, "The disk is full."),
    ]

    private static let sessionReplies: [SessionReply] =
        [
            .challenge(nonce: bytes(32), cluster: "test"), .joined(certificate: bytes(400)),
            .authority(certificate: bytes(400), cluster: "test"),
            .opened(
                session: bytes(16), key: bytes(32), expiresUnixMs: 1_800_000_000_000,
                renewDueUnixMs: 1_700_000_000_000),
        ] + sessionProblems.map { .problem($0) }

    private static func safetensors(_ header: String, dataBytes: Int) -> [UInt8] {
        let count = UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8)
            + [UInt8](repeating: 1, count: dataBytes)
    }

    private static let safetensorsSeeds = [
        safetensors(
            #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":"#
                + #"[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}"#,
            dataBytes: 22),
        safetensors(#"{"e":{"dtype":"I64","shape":[0],"data_offsets":[0,0]}}"#, dataBytes: 0),
    ]

    /// A tokenizer of two tokens, and tensors of several types.
    private static func ggufSeed() throws -> [UInt8] {
        let layout = try GGUFLayout(
            metadata: [
                "general.architecture": .string("llama"), "llama.block_count": .uint32(1),
                "llama.rope.freq_base": .float32(10_000),
                "nested": .array(of: .array, [.array(of: .uint16, [.uint16(7)])]),
                "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string("qwen2"),
                "tokenizer.ggml.tokens": .texts(["a", "<s>"]),
                "tokenizer.ggml.token_type": .array(of: .int32, [.int32(1), .int32(3)]),
                "tokenizer.ggml.merges": .texts(["a a"]),
                "tokenizer.ggml.bos_token_id": .uint32(1),
            ],
            tensors: [
                ("a", .float32, [2, 2]), ("b", .q4Type0, [1, 32]), ("c", .q4K, [256]),
                ("d", .bfloat16, []), ("e", .iq2S, [256]),
            ])
        let dataBytes = layout.totalBytes - layout.headerBytes.count
        return layout.headerBytes + [UInt8](repeating: 1, count: dataBytes)
    }

    private static func numpy(_ description: String, dataBytes: Int) -> [UInt8] {
        [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(description.utf8.count), 0]
            + Array(description.utf8) + [UInt8](repeating: 0, count: dataBytes)
    }

    private static let tokenSeeds = [
        numpy("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }\n", dataBytes: 24),
        numpy("{'descr': '<i8', 'fortran_order': False, 'shape': (4,), }\n", dataBytes: 32),
        safetensors(#"{"t":{"dtype":"I32","shape":[1,4],"data_offsets":[0,16]}}"#, dataBytes: 16),
    ]

    private static let shardIndexSeed = """
        {"metadata": {"total_size": 12}, "weight_map": {
        "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
        """

    private static let configurationSeeds = [
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
    ]

    private static let tokenizerSeeds = [
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
    ]
}
