import Domain
import Planning

/// A small Llama that exists on paper only: its configuration and its tensors' forms.
enum PaperModel {
    private static let configuration = """
        {"model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 256, "tie_word_embeddings": true}
        """

    private static let linears: [(name: String, outputs: Int, inputs: Int)] = [
        ("self_attn.q_proj", 32, 32), ("self_attn.k_proj", 16, 32), ("self_attn.v_proj", 16, 32),
        ("self_attn.o_proj", 32, 32), ("mlp.gate_proj", 64, 32), ("mlp.up_proj", 64, 32),
        ("mlp.down_proj", 32, 64),
    ]

    /// Recipes of each kind, as seeds and for the other targets.
    static let recipes = [
        """
        calibration: { text: a.txt, samples: 8, length: 64, seed: 0 }
        inputs: sequential
        steps:
          - gptq: { bits: 4, group_size: 16, act_order: static, damping: 0.01 }
            targets: ["re:.*self_attn.*"]
          - sparsegpt: { pattern: "2:4" }
            targets: ["gate_proj", "up_proj"]
            ignore: ["lm_head"]
        """,
        """
        calibration: { tokens: a.npy, samples: 8, length: 64, held_out: 2 }
        inputs: block
        steps:
          - wanda: { sparsity: 0.5, granularity: row }
        """,
        "steps:\n  - rtn: { bits: 3, group_size: -1, grid: mse }\n    targets: Linear\n",
        "formats: [gptq_v2, gptq]\nsteps:\n  - rtn: { bits: 4, group_size: 32 }\n"
            + "    targets: [q_proj, o_proj]\n",
        "formats: [dense, compressed-tensors]\nsteps:\n  - rtn: { bits: 4, group_size: -1 }\n",
        "inputs: dense\nsteps:\n- magnitude:\n    sparsity: 0.25\n  ignore: [down_proj]\n",
    ]

    static func specification(
        _ purpose: JobSpecification.Purpose, recipeText: String? = nil
    ) -> JobSpecification {
        JobSpecification(
            purpose: purpose, model: manifest,
            data: DataManifest(format: .identifiers, blob: blob("tokens"), tokenizer: nil),
            recipeText: recipeText)
    }

    /// One specification of each kind.
    static func specifications() throws -> [JobSpecification] {
        try recipes.prefix(2).map { specification(.compress(try Recipe(yaml: $0)), recipeText: $0) }
            + [
                specification(
                    .evaluate(
                        EvaluationRequest(length: 64, windows: nil, addsSpecialTokens: false)))
            ]
    }

    private static let manifest: ModelManifest = {
        var shapes: [(String, [Int])] = [
            ("model.embed_tokens.weight", [100, 32]), ("model.norm.weight", [32]),
        ]
        for block in 0..<2 {
            let prefix = "model.layers.\(block)."
            shapes.append((prefix + "input_layernorm.weight", [32]))
            shapes.append((prefix + "post_attention_layernorm.weight", [32]))
            for linear in linears {
                shapes.append((prefix + linear.name + ".weight", [linear.outputs, linear.inputs]))
            }
        }
        let tensors = shapes.sorted { $0.0 < $1.0 }.map { name, shape in
            ModelManifest.Tensor(
                form: TensorForm(name: name, elementType: "BF16", shape: shape),
                blob: blob(name, shape.reduce(2, *)), file: "model.safetensors")
        }
        return ModelManifest(
            title: "paper", configurationText: configuration, configuration: blob("config"),
            tensors: tensors, weightFiles: ["model.safetensors"], carriedFiles: [])
    }()

    private static func blob(_ name: String, _ bytes: Int = 16) -> BlobReference {
        BlobReference(digest: Digest(sha256Of: Array(name.utf8)), byteCount: bytes)
    }
}
