import Checkpoints
import Foundation
import Models
import Testing

@Suite struct `A configuration` {
    private let base: [String: String] = [
        "model_type": "\"llama\"", "hidden_size": "32", "intermediate_size": "48",
        "num_hidden_layers": "2", "num_attention_heads": "4", "vocab_size": "64",
    ]

    private func text(_ changes: [String: String?]) -> [UInt8] {
        var fields = base
        for (name, value) in changes { fields[name] = value }
        let members = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        return Array("{\(members.joined(separator: ", "))}".utf8)
    }

    private func llama(_ changes: [String: String?]) throws -> Llama {
        let architecture = try ArchitectureCatalogue.architecture(configuration: text(changes))
        return try #require(architecture as? Llama)
    }

    @Test func `has the defaults of transformers`() throws {
        let llama = try llama([:])
        #expect(llama.keyValueHeads == 4)
        #expect(llama.headDimension == 8)
        #expect(llama.normEpsilon == 1e-6)
        #expect(llama.maximumPositions == 2_048)
        #expect(llama.rotary.base == 10_000)
        #expect(llama.rotary.scaling == .none)
        #expect(!llama.tiesEmbeddings && !llama.hasAttentionBias && !llama.hasGatedBias)
        #expect(llama.blockCount == 2 && llama.hiddenSize == 32 && llama.vocabularySize == 64)
    }

    @Test func `treats null as absent`() throws {
        let llama = try llama([
            "head_dim": "null", "rope_scaling": "null", "num_key_value_heads": "null",
            "quantization_config": "null",
        ])
        #expect(llama.headDimension == 8)
    }

    @Test func `reads rotary parameters of both styles alike`() throws {
        let scaling = """
            "factor": 8, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16
            """
        let new = try llama([
            "rope_parameters": "{\"rope_type\": \"llama3\", \"rope_theta\": 5e5, \(scaling)}"
        ])
        let old = try llama([
            "rope_theta": "500000", "rope_scaling": "{\"type\": \"llama3\", \(scaling)}",
        ])
        #expect(new.rotary == old.rotary)
        #expect(new.rotary.base == 500_000)
        #expect(
            new.rotary.scaling
                == .llama3(factor: 8, lowFrequency: 1, highFrequency: 4, trainedLength: 16)
        )
    }

    @Test(
        arguments: [
            ["hidden_size": nil], ["hidden_size": "0"], ["hidden_size": "-32"],
            ["hidden_size": "32.5"], ["hidden_size": "\"32\""], ["hidden_size": "33"],
            ["hidden_size": "4294967296"], ["num_hidden_layers": "10001"], ["vocab_size": nil],
            ["num_attention_heads": "5"], ["num_key_value_heads": "3"],
            ["num_key_value_heads": "8"],
            ["head_dim": "7"], ["head_dim": "0"], ["rms_norm_eps": "0"], ["rms_norm_eps": "-1e-5"],
            ["rope_theta": "0"], ["rope_theta": "true"], ["tie_word_embeddings": "1"],
            ["hidden_act": "\"gelu\""], ["pretraining_tp": "2"], ["mlp_bias": "\"no\""],
            ["architectures": "[\"LlamaForSequenceClassification\"]"],
            ["partial_rotary_factor": "0.5"],
            ["rope_scaling": "{\"type\": \"dynamic\", \"factor\": 2.0}"],
            ["rope_scaling": "{\"rope_type\": \"yarn\", \"factor\": 2.0}"],
            ["rope_scaling": "{\"rope_type\": \"longrope\", \"factor\": 2.0}"],
            ["rope_scaling": "{\"rope_type\": \"linear\"}"],
            ["rope_scaling": "{\"rope_type\": \"linear\", \"factor\": 0}"],
            ["rope_scaling": "[1]"],
            [
                "rope_scaling": "{\"type\": \"linear\", \"factor\": 2}",
                "rope_parameters": "{\"a\": 1}",
            ],
            ["quantization_config": "{\"quant_method\": \"gptq\"}"],
        ] as [[String: String?]]
    )
    func `that cannot be honoured is refused by the name of its field`(
        changes: [String: String?]
    ) {
        #expect {
            try llama(changes)
        } throws: { error in
            // The hidden size may be blamed for a number of heads that does not divide it, and a
            // type is named by its own field.
            guard error is ModelError else { return false }
            let sentence = "\(error)"
            return changes.keys.contains { sentence.contains($0) }
                || sentence.contains("rope_type") || sentence.contains("hidden_size")
        }
    }

    @Test(arguments: ["dynamic", "yarn", "longrope"])
    func `names a rotary type that is not supported`(type: String) {
        #expect {
            try llama(["rope_scaling": "{\"rope_type\": \"\(type)\", \"factor\": 2.0}"])
        } throws: { "\($0)".contains("'\(type)'") }
    }

    @Test func `of an unknown architecture lists the known ones`() {
        #expect(
            throws: ModelError.unknownArchitecture(
                name: "mamba",
                supported: ArchitectureCatalogue.modelTypes
            )
        ) { try llama(["model_type": "\"mamba\""]) }
        #expect(ArchitectureCatalogue.modelTypes.first == "llama")
        #expect(throws: (any Error).self) {
            try ArchitectureCatalogue.architecture(configuration: Array("[]".utf8))
        }
    }
}
