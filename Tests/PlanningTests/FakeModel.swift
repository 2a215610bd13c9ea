import Domain
import Planning

/// A small Llama that exists on paper only: its configuration and its tensors' forms.
enum FakeModel {
    static let hidden = 576
    static let intermediate = 1_536
    static let blocks = 3

    static func configuration(positions: Int = 8_192) -> String {
        """
        {"model_type": "llama", "hidden_size": \(hidden), "intermediate_size": \(intermediate),
         "vocab_size": 1000, "num_hidden_layers": \(blocks), "num_attention_heads": 9,
         "num_key_value_heads": 3, "max_position_embeddings": \(positions),
         "rms_norm_eps": 1e-5, "rope_theta": 100000, "hidden_act": "silu",
         "tie_word_embeddings": true}
        """
    }

    static func blob(_ name: String, _ bytes: Int = 16) -> BlobReference {
        BlobReference(digest: Digest(sha256Of: Array(name.utf8)), byteCount: bytes)
    }

    static let linears: [(name: String, outputs: Int, inputs: Int)] = [
        ("self_attn.q_proj", 576, 576), ("self_attn.k_proj", 192, 576),
        ("self_attn.v_proj", 192, 576), ("self_attn.o_proj", 576, 576),
        ("mlp.gate_proj", 1_536, 576), ("mlp.up_proj", 1_536, 576),
        ("mlp.down_proj", 576, 1_536),
    ]

    static func manifest(without missing: String? = nil, files: Int = 1) -> ModelManifest {
        var shapes: [(String, [Int])] = [
            ("model.embed_tokens.weight", [1_000, hidden]), ("model.norm.weight", [hidden]),
        ]
        for block in 0..<blocks {
            let prefix = "model.layers.\(block)."
            shapes.append((prefix + "input_layernorm.weight", [hidden]))
            shapes.append((prefix + "post_attention_layernorm.weight", [hidden]))
            for linear in linears {
                shapes.append((prefix + linear.name + ".weight", [linear.outputs, linear.inputs]))
            }
        }
        let names = (0..<files).map { "model-\($0).safetensors" }
        let tensors = shapes.filter { $0.0 != missing }.sorted { $0.0 < $1.0 }.enumerated()
            .map { index, tensor in
                ModelManifest.Tensor(
                    form: TensorForm(name: tensor.0, elementType: "BF16", shape: tensor.1),
                    blob: blob(tensor.0, tensor.1.reduce(2, *)), file: names[index % files])
            }
        return ModelManifest(
            title: "fake", configurationText: configuration(), configuration: blob("config"),
            tensors: tensors, weightFiles: names, carriedFiles: [])
    }

    static func specification(
        _ yaml: String, manifest: ModelManifest = manifest()
    ) throws -> JobSpecification {
        JobSpecification(
            purpose: .compress(try Recipe(yaml: yaml)), model: manifest,
            data: DataManifest(format: .identifiers, blob: blob("tokens"), tokenizer: nil),
            recipeText: yaml)
    }
}
