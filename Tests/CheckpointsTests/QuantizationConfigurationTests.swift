import Checkpoints
import Domain
import Linalg
import Testing

private let four = QuantizationScheme(bits: 4, groupSize: 32, isSymmetric: true)
private let eight = QuantizationScheme(
    bits: 8, groupSize: nil, isSymmetric: false, activationOrder: .weight)

/// A reference to a tensor of some bytes, for what only looks at names and shapes.
private func reference(_ name: String) -> TensorReference {
    TensorReference(
        name: name, file: "model.safetensors", shape: [1], elementType: "I32", byteRange: 0..<4)
}

private func recognise(
    _ configuration: String, beside: String? = nil, _ tensors: [String]
) throws -> QuantizedCheckpoint? {
    try QuantizedCheckpoint.recognise(
        configuration: Array(configuration.utf8),
        quantizeConfiguration: beside.map { Array($0.utf8) },
        tensors: tensors.map(reference))
}

/// A pack-quantized configuration with some of its members replaced.
private func packed(
    group: String = #"{"targets": ["Linear"], "weights": {"num_bits": 4}}"#, more: String = ""
) -> String {
    #"""
    {"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized",
      "config_groups": {"group_0": \#(group)}\#(more)}}
    """#
}

private func weights(_ members: String) -> String {
    packed(group: #"{"targets": ["Linear"], "weights": {\#(members)}}"#)
}

private func gptq(_ members: String) -> String {
    #"{"quantization_config": {"quant_method": "gptq", \#(members)}}"#
}

@Suite struct `A quantization_config that we write` {
    private let config = Array("{\n  \"a\": [1, {}],\n  \"z\": 0.10\n}\n".utf8)

    @Test func `keeps the rest of config.json to the byte`() throws {
        let configuration = try CompressedTensorsConfiguration(
            schemes: ["a": four], ignore: ["lm_head"])
        let written = try configuration.inserted(into: config)
        let text = String(decoding: written, as: UTF8.self)
        let start = "{\n  \"a\": [1, {}],\n  \"z\": 0.10,\n  \"quantization_config\": {\n"
        #expect(text.hasPrefix(start))
        #expect(text.hasSuffix("\n  }\n}\n"))
        #expect(throws: CheckpointError.self) { try configuration.inserted(into: written) }
        #expect(throws: CheckpointError.self) { try configuration.inserted(into: Array("[]".utf8)) }
        for empty in ["{}", " { } "] {
            let value = try JSONValue.parse(
                configuration.inserted(into: Array(empty.utf8)), file: "x")
            #expect(value["quantization_config"]?["format"] == .string("pack-quantized"))
        }
    }

    @Test func `has only members that the reference library knows`() throws {
        let text = try CompressedTensorsConfiguration(schemes: ["a": eight], ignore: ["b"])
            .inserted(into: config)
        let value = try JSONValue.parse(text, file: "x")["quantization_config"]
        let group = value?["config_groups"]?["group_0"]
        #expect(
            group?["weights"]
                == .object([
                    "num_bits": .integer(8), "type": .string("int"), "symmetric": .boolean(false),
                    "strategy": .string("channel"), "group_size": .null,
                    "dynamic": .boolean(false), "actorder": .string("weight"),
                    "observer": .string("minmax"), "observer_kwargs": .object([:]),
                    "block_structure": .null,
                ]))
        #expect(group?["targets"] == .array([.string("Linear")]))
        #expect(value?["ignore"] == .array([.string("b")]))
        #expect(value?["version"] == .string("0.12.2"))
    }

    @Test func `of several schemes is read back as it was`() throws {
        let schemes = ["m.q": four, "m.o": eight, "m.k": four]
        let configuration = try CompressedTensorsConfiguration(
            schemes: schemes, ignore: ["lm_head", "m.gate"])
        let text = String(decoding: try configuration.inserted(into: config), as: UTF8.self)
        let found = try #require(try recognise(text, ["m.q.weight_packed"]))
        for (layer, scheme) in schemes { #expect(try found.scheme(of: layer) == scheme) }
        #expect(try found.scheme(of: "lm_head") == nil)
        #expect(try found.scheme(of: "m.other") == nil)
        guard case .packQuantized(let read) = found.format else {
            Issue.record("it is taken for another format")
            return
        }
        #expect(read.ignore == ["lm_head", "m.gate"])
        #expect(read.groups.map(\.targets) == [["m.k", "m.q"], ["m.o"]])
    }

    @Test func `of packings that older versions do not know has a newer version`() throws {
        let three = QuantizationScheme(bits: 3, groupSize: 32, isSymmetric: true)
        let configuration = try CompressedTensorsConfiguration(schemes: ["a": three], ignore: [])
        #expect(configuration.version == "0.17.0")
    }

    @Test func `is refused when it would contradict itself`() {
        #expect(throws: CheckpointError.self) {
            try CompressedTensorsConfiguration(schemes: [:], ignore: [])
        }
        #expect(throws: CheckpointError.self) {
            try CompressedTensorsConfiguration(schemes: ["a": four], ignore: ["a"])
        }
        let sorted = QuantizationScheme(
            bits: 4, groupSize: 32, isSymmetric: true, activationOrder: .group)
        #expect(throws: CheckpointError.self) {
            try CompressedTensorsConfiguration(schemes: ["a": sorted], ignore: [])
        }
        #expect(throws: CheckpointError.self) {
            try GPTQConfiguration(schemes: [:], ignore: [], checkpointFormat: .v1)
        }
    }

    @Test(arguments: GPTQTensors.CheckpointFormat.allCases)
    func `of GPTQ is read back as it was`(format: GPTQTensors.CheckpointFormat) throws {
        let sorted = QuantizationScheme(
            bits: 8, groupSize: 16, isSymmetric: false, activationOrder: .group)
        let schemes = ["m.1.q": four, "m.1.k": four, "m.1+x.o": sorted]
        let configuration = try GPTQConfiguration(
            schemes: schemes, ignore: ["m.gate", "lm_head"], checkpointFormat: format)
        #expect(configuration.scheme == four)
        let software = "test:1"
        let inserted = try configuration.inserted(
            into: config, dampingFraction: 0.01, software: software)
        let file = configuration.encoded(dampingFraction: 0.01, software: software)
        let text = String(decoding: inserted, as: UTF8.self)
        let ways = [
            try recognise(text, ["m.1.q.qweight"]),
            try recognise("{}", beside: String(decoding: file, as: UTF8.self), ["m.1.q.qweight"]),
        ]
        for found in ways.compactMap({ $0 }) {
            for (layer, scheme) in schemes { #expect(try found.scheme(of: layer) == scheme) }
            // The dots of names are meant as dots.
            #expect(try found.scheme(of: "mx1+x.o") == four)
            #expect(try found.scheme(of: "m.gate") == nil)
            #expect(try found.scheme(of: "lm_head") == nil)
            guard case .gptq(let read) = found.format else {
                Issue.record("it is taken for another format")
                return
            }
            #expect(read.checkpointFormat == format)
        }
        #expect(ways.compactMap { $0 }.count == 2)
        let value = try JSONValue.parse(file, file: "x")
        #expect(value["damp_percent"] == .number(0.01))
        #expect(value["meta"]?["quantizer"] == .array([.string(software)]))
        #expect(value["dynamic"]?["-:^m\\.gate$"] == .object([:]))
    }
}

@Suite struct `A quantization_config of others` {
    @Test func `gives the scheme that the reference library would give`() throws {
        let text = #"""
            {"quantization_config": {"quant_method": "compressed-tensors",
              "format": "mixed-precision", "quantization_status": "compressed",
              "global_compression_ratio": 1.5, "kv_cache_scheme": null, "version": "0.17.1",
              "sparsity_config": {}, "transform_config": {}, "ignore": ["lm_head", "re:.*gate$"],
              "config_groups": {
                "group_0": {"targets": ["Linear"], "format": "pack-quantized",
                  "weights": {"num_bits": 4, "type": "int", "group_size": 128}},
                "group_1": {"targets": ["re:.*down_proj"], "format": "pack-quantized",
                  "weights": {"num_bits": 8, "strategy": "channel", "symmetric": false,
                              "actorder": "static", "scale_dtype": null}},
                "group_2": {"targets": ["m.0.down_proj"], "format": "pack-quantized",
                  "weights": {"num_bits": 2, "strategy": "tensor", "group_size": null,
                              "actorder": false}}}}}
            """#
        let found = try #require(try recognise(text, ["m.1.q_proj.weight_packed"]))
        #expect(
            try found.scheme(of: "m.1.q_proj")
                == QuantizationScheme(bits: 4, groupSize: 128, isSymmetric: true))
        #expect(try found.scheme(of: "m.1.down_proj") == eight)
        #expect(
            try found.scheme(of: "m.0.down_proj")
                == QuantizationScheme(bits: 2, groupSize: nil, isSymmetric: true))
        #expect(try found.scheme(of: "m.1.mlp.gate") == nil)
        #expect(try found.scheme(of: "m.1.mlp.gate_proj") != nil)
    }

    @Test func `of an old GPTQ checkpoint stands in a file of its own`() throws {
        let scratch = try ScratchFolder()
        let url = fixture("Quantized/gptq/model.safetensors")
        try scratch.write(bytes(of: url), to: "model.safetensors")
        try scratch.write("{}", to: "config.json")
        try scratch.write(
            #"{"bits": 4, "group_size": 32, "desc_act": false, "sym": true, "damp_percent": 0.1}"#,
            to: "quantize_config.json")
        let folder = try HuggingFaceFolder.open(at: scratch.url)
        let found = try #require(try QuantizedCheckpoint.recognise(folder))
        #expect(try found.scheme(of: "w4") == four)
        guard case .gptq(let read) = found.format else {
            Issue.record("it is taken for another format")
            return
        }
        #expect(read.checkpointFormat == .v1)
        try scratch.write("{", to: "quantize_config.json")
        #expect(throws: CheckpointError.self) { try QuantizedCheckpoint.recognise(folder) }
    }

    @Test func `of a dense checkpoint is none`() throws {
        #expect(try recognise("{}", ["a.weight"]) == nil)
        #expect(try recognise(#"{"quantization_config": null}"#, ["a.weight"]) == nil)
    }

    @Test(arguments: [
        (packed(), ["a.weight"]), (gptq(#""bits": 4"#), ["a.weight_packed"]),
        ("{}", ["a.weight_packed"]), ("{}", ["a.qweight"]),
    ])
    func `that does not fit the tensors is refused`(text: String, tensors: [String]) {
        #expect(throws: CheckpointError.self) { try recognise(text, tensors) }
    }

    @Test(arguments: [
        #"{"quantization_config": 4}"#, #"{"quantization_config": {}}"#,
        #"{"quantization_config": {"quant_method": "awq"}}"#,
        #"{"quantization_config": {"quant_method": "compressed-tensors"}}"#,
        packed(group: "null"), packed(group: "{}"), packed(group: #"["Linear"]"#),
        packed(group: #"{"targets": [], "weights": {"num_bits": 4}}"#),
        packed(group: #"{"targets": [4], "weights": {"num_bits": 4}}"#),
        packed(group: #"{"targets": ["re:("], "weights": {"num_bits": 4}}"#),
        packed(group: #"{"targets": ["Linear"], "weights": null}"#),
        packed(
            group: #"""
                {"targets": ["Linear"], "weights": {"num_bits": 4},
                 "input_activations": {"num_bits": 8}}
                """#),
        packed(
            group: #"""
                {"targets": ["Linear"], "weights": {"num_bits": 4}, "format": "int-quantized"}
                """#),
        packed(more: #", "quantization_status": "frozen""#),
        packed(more: #", "kv_cache_scheme": {"num_bits": 8}"#),
        packed(more: #", "sparsity_config": {"format": "sparse-24-bitmask"}"#),
        packed(more: #", "transform_config": {"R1": {}}"#),
        packed(more: #", "ignore": "lm_head""#), packed(more: #", "version": 17"#),
        weights(#""num_bits": 1"#), weights(#""num_bits": 9"#), weights(#""num_bits": "4""#),
        weights(#""num_bits": 4.5"#), weights(#""type": "float""#), weights(#""dynamic": true"#),
        weights(#""group_size": 0"#), weights(#""group_size": -2"#),
        weights(#""group_size": 9223372036854775807"#),
        weights(#""strategy": "group""#), weights(#""strategy": "channel", "group_size": 8"#),
        weights(#""strategy": "block""#), weights(#""strategy": "tensor", "symmetric": false"#),
        weights(#""actorder": "random""#), weights(#""actorder": 1"#),
        weights(#""symmetric": 1"#),
    ])
    func `for compressed-tensors is refused when it cannot be read`(text: String) {
        #expect(throws: CheckpointError.self) { try recognise(text, ["a.weight_packed"]) }
    }

    @Test(arguments: [
        gptq(#""group_size": 128"#), gptq(#""bits": 5"#), gptq(#""bits": 4, "group_size": 0"#),
        gptq(#""bits": 4, "checkpoint_format": "marlin""#),
        gptq(#""bits": 4, "pack_dtype": "int16""#), gptq(#""bits": 4, "sym": 1"#),
        gptq(#""bits": 4, "dynamic": []"#), gptq(#""bits": 4, "dynamic": {"x": null}"#),
        gptq(#""bits": 4, "dynamic": {"(": {}}"#),
        gptq(#""bits": 4, "dynamic": {"x": {"bits": 6}}"#),
    ])
    func `for GPTQ is refused when it cannot be read`(text: String) {
        #expect(throws: CheckpointError.self) { try recognise(text, ["a.qweight"]) }
    }

    @Test func `whose patterns contradict each other is refused for that layer only`() throws {
        let dynamic = gptq(#""bits": 4, "dynamic": {"a": {"bits": 8}, "-:.*b": {}}"#)
        let found = try #require(try recognise(dynamic, ["a.qweight"]))
        #expect(try found.scheme(of: "a")?.bits == 8)
        #expect(try found.scheme(of: "xb") == nil)
        #expect(throws: CheckpointError.self) { try found.scheme(of: "ab") }
    }

    @Test func `whose pattern would take for ever is refused`() throws {
        let pattern = "((((.?){1000}){1000}){1000}){1000}x"
        let text = packed(group: #"{"targets": ["re:\#(pattern)"], "weights": {"num_bits": 4}}"#)
        let found = try #require(try recognise(text, ["a.weight_packed"]))
        #expect(throws: CheckpointError.self) {
            try found.scheme(of: String(repeating: "a", count: 500))
        }
    }
}

@Suite struct `Layers that are served as one` {
    @Test func `may differ from other sets`() {
        let problems = FusedSets.problems([
            "m.0.q_proj": four, "m.0.k_proj": four, "m.0.v_proj": four, "m.0.o_proj": eight,
            "m.1.q_proj": eight, "m.1.k_proj": eight, "m.1.v_proj": eight,
            "m.0.gate_proj": nil, "m.0.up_proj": nil,
        ])
        #expect(problems.isEmpty)
    }

    @Test func `must have one scheme, and the problem names them`() {
        let natural = QuantizationScheme(bits: 8, groupSize: nil, isSymmetric: false)
        let problems = FusedSets.problems([
            "m.0.q_proj": four, "m.0.k_proj": eight, "m.1.gate_proj": four,
            "m.1.up_proj": nil, "m.2.gate_proj": natural, "m.2.up_proj": eight,
            "e.w1": four, "e.w3": eight, "e.w2": eight,
        ])
        #expect(problems.count == 3)
        #expect(problems[0].contains("e.w1 (4 bits, groups of 32, symmetric), e.w3 (8 bits"))
        #expect(problems[1].contains("m.0.k_proj (8 bits, one group for each output, asymmetric)"))
        #expect(problems[2].contains("m.1.up_proj (dense)"))
    }
}
