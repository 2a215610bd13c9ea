import Checkpoints
import Foundation
import Testing

private func json(_ text: String) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), file: "config.json")
}

/// A configuration of two blocks, four heads of eight dimensions, with more or other members.
private func model(_ type: String, _ members: String...) throws -> GGUFModel {
    let standard = [
        #""model_type": "\#(type)""#, #""num_hidden_layers": 2"#, #""hidden_size": 32"#,
        #""max_position_embeddings": 4096"#, #""intermediate_size": 64"#,
        #""num_attention_heads": 4"#, #""num_key_value_heads": 2"#, #""vocab_size": 100"#,
        #""head_dim": 8"#, #""query_pre_attn_scalar": 8"#,
    ]
    let changed = Set(members.map { $0.prefix { $0 != ":" } })
    let kept = standard.filter { !changed.contains($0.prefix { $0 != ":" }) }
    return try GGUFModel(
        configuration: json("{\((kept + members).joined(separator: ", "))}"))
}

@Suite struct `A model in GGUF` {
    private func sentence(_ type: String, _ member: String) -> String {
        do {
            _ = try model(type, member)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: ["llama", "qwen2", "qwen3", "gemma3", "phi3"])
    func `calls its tensors as the reference library does`(architecture: String) throws {
        let names = try JSONValue.parse(bytes(of: fixture("gguf-names.json")), file: "names")
        guard case .object(let expected)? = names[architecture] else {
            Issue.record("no names of \(architecture)")
            return
        }
        let type = architecture == "gemma3" ? "gemma3_text" : architecture
        let model = try model(type, #""tie_word_embeddings": false"#)
        for (ours, theirs) in expected {
            #expect(.string(model.change(writing: ours)?.name ?? "none") == theirs)
            guard case .string(let theirs) = theirs else { continue }
            #expect(model.change(reading: theirs)?.name == ours)
        }
    }

    @Test func `has no names for what does not belong to it`() throws {
        let tied = try model("llama", #""tie_word_embeddings": true"#)
        #expect(tied.change(writing: "lm_head.weight") == nil)
        #expect(tied.change(writing: "model.embed_tokens.weight")?.name == "token_embd.weight")
        for name in [
            "model.layers.2.mlp.up_proj.weight", "model.layers.01.mlp.up_proj.weight",
            "model.layers.-1.mlp.up_proj.weight", "model.layers.1.mlp.up_proj",
            "model.layers.1.self_attn.rotary_emb.inv_freq", "model.layers.1.mlp.weight", "",
            "model.layers.1.self_attn.q_norm.weight",
        ] {
            #expect(tied.change(writing: name) == nil)
        }
        #expect(tied.change(reading: "rope_freqs.weight") == nil)
        #expect(tied.change(reading: "blk.2.ffn_up.weight") == nil)
        let bias = try model("qwen2").change(writing: "model.layers.0.self_attn.k_proj.bias")
        #expect(bias?.name == "blk.0.attn_k.bias")
    }

    @Test func `moves the rows of Llama's queries and keys, and back`() throws {
        let llama = try model("llama")
        let name = "model.layers.0.self_attn.q_proj.weight"
        let there = try #require(llama.change(writing: name)?.rowOrder)
        #expect(Array(there.prefix(16)) == [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15])
        #expect(there.count == 32)
        let back = try #require(llama.change(reading: "blk.0.attn_q.weight")?.rowOrder)
        #expect(back.map { there[$0] } == Array(0..<32))
        let rows = (0..<32).flatMap { [UInt8($0), 100 + UInt8($0)] }
        let moved = try #require(llama.change(writing: name)).reorderingRows(of: rows)
        #expect(Array(moved.prefix(6)) == [0, 100, 4, 104, 1, 101])
        #expect(llama.change(reading: "blk.0.attn_q.weight")?.reorderingRows(of: moved) == rows)
        #expect(llama.change(writing: "model.norm.weight")?.reorderingRows(of: rows) == rows)
        let keys = llama.change(writing: "model.layers.1.self_attn.k_proj.bias")
        #expect(keys?.rowOrder == Array(there.prefix(16)))
        for other in ["v_proj", "o_proj"] {
            let change = llama.change(writing: "model.layers.0.self_attn.\(other).weight")
            #expect(change != nil && change?.rowOrder == nil)
        }
        for type in ["qwen2", "qwen3", "gemma3_text"] {
            #expect(try model(type).change(writing: name)?.rowOrder == nil)
        }
        #expect(try model("mistral").change(writing: name)?.rowOrder == there)
    }

    @Test func `adds one to the norms of Gemma alone`() throws {
        let gemma = try model("gemma3_text")
        for name in [
            "model.norm.weight", "model.layers.0.input_layernorm.weight",
            "model.layers.0.self_attn.q_norm.weight",
            "model.layers.1.post_feedforward_layernorm.weight",
        ] {
            let change = try #require(gemma.change(writing: name))
            #expect(change.addend == 1)
            #expect(gemma.change(reading: change.name)?.addend == -1)
            #expect(gemma.keepsFloat32(change.name, shape: [32]))
        }
        #expect(gemma.change(writing: "model.layers.0.mlp.up_proj.weight")?.addend == 0)
        #expect(try model("llama").change(writing: "model.norm.weight")?.addend == 0)
        #expect(!gemma.keepsFloat32("blk.0.ffn_up.weight", shape: [64, 32]))
    }

    @Test func `states its sizes`() throws {
        let metadata = try model("llama", #""rms_norm_eps": 1e-5"#, #""rope_theta": 500000"#)
            .metadata(name: "Tiny", fileType: .q4Type1)
        #expect(metadata["general.architecture"] == .string("llama"))
        #expect(metadata["general.name"] == .string("Tiny"))
        #expect(metadata["general.file_type"] == .uint32(3))
        #expect(metadata["general.quantization_version"] == .uint32(2))
        let sizes = [
            "block_count": 2, "context_length": 4096, "embedding_length": 32,
            "feed_forward_length": 64, "attention.head_count": 4, "attention.head_count_kv": 2,
            "attention.key_length": 8, "attention.value_length": 8, "vocab_size": 100,
            "rope.dimension_count": 8,
        ]
        for (key, size) in sizes { #expect(metadata["llama.\(key)"] == .uint32(UInt32(size))) }
        #expect(metadata["llama.attention.layer_norm_rms_epsilon"] == .float32(1e-5))
        #expect(metadata["llama.rope.freq_base"] == .float32(500_000))
        #expect(metadata["llama.attention.sliding_window"] == nil)
        #expect(metadata["llama.rope.scaling.type"] == nil)
    }

    @Test func `reads rotary settings old and new`() throws {
        let old = try model(
            "qwen2", #""rope_theta": 1000000.0"#,
            #""rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}"#
        )
        let new = try model(
            "qwen2",
            #""rope_parameters": {"rope_theta": 1000000, "rope_type": "yarn", "factor": 4,"#
                + #" "original_max_position_embeddings": 32}"#)
        #expect(old == new)
        #expect(old.ropeScaling == .yarn(factor: 4, trainedLength: 32))
        let metadata = new.metadata(name: "x", fileType: .float16)
        #expect(metadata["qwen2.rope.scaling.type"] == .string("yarn"))
        #expect(metadata["qwen2.rope.scaling.factor"] == .float32(4))
        #expect(metadata["qwen2.rope.scaling.original_context_length"] == .uint32(32))
        #expect(metadata["qwen2.rope.freq_base"] == .float32(1_000_000))

        let gemma = try model(
            "gemma3_text", #""sliding_window": 512"#,
            #""rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8,"#
                + #" "rope_theta": 1000000}, "sliding_attention": {"rope_theta": 20000}}"#)
        #expect(gemma.ropeScaling == .linear(factor: 8))
        #expect(gemma.ropeBase == 1_000_000)
        #expect(gemma.localRopeBase == 20_000)
        #expect(gemma.slidingWindow == 512)
        #expect(gemma.isTied)
        let phi = try model("phi3", #""partial_rotary_factor": 0.5"#)
        #expect(phi.rotatedLength == 4)
    }

    /// The numbers of transformers' own function for 8 dimensions, base 10,000, factor 8, low 1,
    /// high 4 and 1,024 trained positions: frequencies 1, 0.1, 0.01, 0.001 go round 163, 16.3, 1.63
    /// and 0.163 times, so that the third is between.
    @Test func `gives the factors of Llama 3`() throws {
        let scaling =
            #""rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1,"#
            + #" "high_freq_factor": 4, "original_max_position_embeddings": 1024}"#
        let factors = try #require(try model("llama", scaling).ropeFactors)
        #expect(factors.count == 4)
        #expect(factors[0] == 1)
        #expect(factors[1] == 1)
        let share = (1024 * 0.01 / (2 * Double.pi) - 1) / 3
        #expect(abs(Double(factors[2]) - 1 / ((1 - share) / 8 + share)) < 1e-6)
        #expect(factors[3] == 8)
        #expect(try model("llama").ropeFactors == nil)
    }

    @Test func `is refused when llama.cpp would compute something else`() {
        #expect(sentence("opt", #""head_dim": 8"#).contains("model_type"))
        #expect(sentence("llama", #""hidden_act": "relu""#).contains("hidden_act"))
        #expect(sentence("qwen2", #""use_sliding_window": true"#).contains("use_sliding_window"))
        #expect(sentence("llama", #""num_hidden_layers": 0"#).contains("num_hidden_layers"))
        #expect(sentence("llama", #""vocab_size": 1e3"#).contains("vocab_size"))
        #expect(sentence("llama", #""num_key_value_heads": 3"#).contains("divide"))
        #expect(sentence("qwen3", #""num_key_value_heads": null"#).contains("missing"))
        #expect(sentence("llama", #""num_key_value_heads": null"#) == "accepted")
        #expect(sentence("llama", #""head_dim": 7"#).contains("odd"))
        #expect(sentence("llama", #""head_dim": 1048576"#).contains("too much"))
        #expect(sentence("llama", #""num_attention_heads": 1073741824"#).contains("too much"))
        #expect(sentence("llama", #""rope_theta": -1"#).contains("rope_theta"))
        #expect(sentence("llama", #""partial_rotary_factor": 0.5"#).contains("rotary"))
        let dynamic = #""rope_scaling": {"type": "dynamic", "factor": 2}"#
        #expect(sentence("llama", dynamic).contains("dynamic"))
        let linear = #""rope_scaling": {"type": "linear", "factor": 2}"#
        #expect(sentence("llama", linear) == "accepted")
        #expect(sentence("phi3", linear).contains("rope_scaling"))
        let crossed =
            #""rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4,"#
            + #" "high_freq_factor": 4}"#
        #expect(sentence("llama", crossed).contains("not above"))
        #expect(sentence("llama", #""num_hidden_layers": 10001"#).contains("more than 10000"))
    }

    @Test func `is refused when llama.cpp would compute another Gemma`() {
        func gemma(_ member: String) -> String { sentence("gemma3_text", member) }
        #expect(gemma(#""query_pre_attn_scalar": 16"#).contains("llama.cpp takes 8"))
        #expect(gemma(#""query_pre_attn_scalar": null"#).contains("is 256.0"))
        #expect(gemma(#""final_logit_softcapping": 30"#).contains("softcapping"))
        #expect(gemma(#""sliding_window_pattern": 2"#).contains("layer_types"))
        #expect(gemma(#""layer_types": ["full_attention", "sliding_attention"]"#).contains("sixth"))
        let sliding = #""layer_types": ["sliding_attention", "sliding_attention"]"#
        #expect(gemma(sliding) == "accepted")
        // The largest model divides by other widths, and is known by its blocks.
        #expect(gemma(#""num_hidden_layers": 62"#) == "accepted", "32 over 4 heads are 8")
        let wide = try? model(
            "gemma3_text", #""num_hidden_layers": 62"#, #""head_dim": 4"#)
        #expect(wide?.headLength == 4)
    }
}
