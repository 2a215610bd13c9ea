import Planning

@testable import ClusterSimulator

/// A small model and recipes for it.
enum Small {
    static let configuration = """
        {"model_type": "llama", "hidden_size": 64, "intermediate_size": 160, "vocab_size": 64,
         "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 16384, "hidden_act": "silu", "tie_word_embeddings": true,
         "torch_dtype": "bfloat16"}
        """

    /// A plan of some shards of 8,192 tokens; by default seven and one held out.
    static func plan(_ inputs: String, samples: Int = 7) throws -> Plan {
        let model = try ModelShape(title: "small", configuration: Array(configuration.utf8))
        let recipe = try Recipe(yaml: recipe(inputs, samples: samples))
        return try Plan(model, recipe)
    }

    /// A recipe with windows of a shard each.
    static func recipe(_ inputs: String, samples: Int) -> String {
        """
        calibration: { text: t, samples: \(samples), length: 8192, held_out: 1 }
        inputs: \(inputs)
        steps: [ { gptq: { bits: 4, group_size: 32 } } ]
        """
    }

    /// Rates at which the whole plan takes about a minute.
    static let rates = Rates(flopsPerSecond: 1e9)

    static let modes = ["sequential", "block", "dense"]
}
