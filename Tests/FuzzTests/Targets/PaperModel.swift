import Domain
import Models
import Planning

/// A small Llama that exists on paper only: its configuration and its tensors' forms; and a BERT.
enum PaperModel {
    private static let configuration = """
        {"model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 256, "tie_word_embeddings": true}
        """

    private static let encoder = """
        {"model_type": "bert", "hidden_size": 32, "intermediate_size": 64, "vocab_size": 100,
         "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 256}
        """

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
        _ purpose: JobSpecification.Purpose, model: ModelManifest, recipeText: String? = nil
    ) -> JobSpecification {
        JobSpecification(
            purpose: purpose, model: model,
            data: DataManifest(format: .identifiers, blob: blob("tokens"), tokenizer: nil),
            recipeText: recipeText)
    }

    /// One specification of each kind.
    static func specifications() throws -> [JobSpecification] {
        let encoder = try manifest(of: encoder)
        return try recipes.prefix(2).map {
            specification(.compress(try Recipe(yaml: $0)), model: try llama, recipeText: $0)
        } + [
            specification(
                .evaluate(EvaluationRequest(length: 64, windows: nil, addsSpecialTokens: false)),
                model: try llama),
            specification(
                .compare(
                    EvaluationRequest(length: 64, windows: nil, addsSpecialTokens: true),
                    against: encoder), model: encoder),
        ]
    }

    /// The Llama.
    static var llama: ModelManifest { get throws { try manifest(of: configuration) } }

    private static func manifest(of configuration: String) throws -> ModelManifest {
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(configuration.utf8))
        let expected = architecture.expectedTensors().sorted { $0.name < $1.name }
        let tensors = expected.map { name, shape in
            ModelManifest.Tensor(
                form: TensorForm(name: name, elementType: "BF16", shape: shape),
                blob: blob(name, shape.reduce(2, *)), file: "model.safetensors")
        }
        return ModelManifest(
            title: "paper", configurationText: configuration, configuration: blob("config"),
            tensors: tensors, weightFiles: ["model.safetensors"], carriedFiles: [])
    }

    private static func blob(_ name: String, _ bytes: Int = 16) -> BlobReference {
        BlobReference(digest: Digest(sha256Of: Array(name.utf8)), byteCount: bytes)
    }
}
