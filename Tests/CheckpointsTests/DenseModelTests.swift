import Checkpoints
import Domain
import Foundation
import Linalg
import Testing

@Suite struct `A model made dense` {
    @Test(arguments: QuantizedFixture.formats)
    func `has the weights that quantised layers stand for`(format: String) throws {
        let fixture = try QuantizedFixture(format)
        let model = try DenseModel(fixture.folder)
        #expect(model.isConverted)
        let names = Set(model.forms.map(\.name))
        #expect(names.isSuperset(of: fixture.checkpoint.layers.map { $0 + ".weight" }))
        for layer in fixture.checkpoint.layers {
            let linear = try fixture.linear(layer)
            let form = try #require(model.forms.first { $0.name == layer + ".weight" })
            #expect(form.shape == [linear.outputs, linear.inputs])
            #expect(form.elementType == linear.scaleType.rawValue)
            #expect(
                try model.bytes(of: form) == linear.dequantized().encoded(as: linear.scaleType))
            #expect(try model.firstNonFinite(of: form) == nil)
            for tensor in fixture.checkpoint.tensors(of: layer) {
                #expect(!names.contains(tensor.name))
            }
        }
        let configuration = try JSONValue.parse(model.configuration, file: "config.json")
        #expect(configuration["quantization_config"] == nil)
        #expect(!model.carriedFiles.contains("config.json"))
    }

    @Test func `is the folder itself where nothing is quantised`() throws {
        let scratch = try ScratchFolder()
        let layout = try SafetensorsLayout(tensors: [("a", "F32", [2]), ("b", "BF16", [1, 2])])
        let bytes: [UInt8] = [0, 0, 128, 63, 0, 0, 192, 127, 1, 2, 3, 4]
        try Data(layout.headerBytes + bytes).write(
            to: scratch.url.appendingPathComponent("model.safetensors"))
        try Data("{}".utf8).write(to: scratch.url.appendingPathComponent("config.json"))
        let model = try DenseModel(HuggingFaceFolder.open(at: scratch.url))
        #expect(!model.isConverted)
        #expect(model.configuration == Array("{}".utf8))
        #expect(model.carriedFiles == ["config.json"])
        let first = try #require(model.forms.first)
        #expect(first.name == "a")
        #expect(try model.bytes(of: first) == Array(bytes.prefix(8)))
        #expect(try model.firstNonFinite(of: first) == 1, "the second number is NaN")
    }
}

@Suite struct `Codes in blocks` {
    @Test(arguments: [
        (4, 32, BlockFormat.q4Type0), (3, 64, .q4Type0), (5, 32, .q5Type0), (8, 96, .q8Type0),
        (4, 96, .q8Type0),
    ])
    func `are the codes that they were`(bits: Int, group: Int, format: BlockFormat) throws {
        let scheme = QuantizationScheme(bits: bits, groupSize: group, isSymmetric: true)
        let linear = try randomLinear(outputs: 3, inputs: 192, scheme: scheme, seed: 5)
        let bytes = try #require(linear.blocks(format))
        #expect(bytes.count == 3 * 192 / 32 * format.bytesPerBlock)
        let values = Matrix(rows: 3, columns: 192, decoding: bytes, as: format)
        for output in 0..<3 {
            for input in 0..<192 {
                let code = Int(linear.codes[output * 192 + input]) - Int(scheme.middleCode)
                let scale = linear.scales[output * linear.groups + input / group]
                #expect(values[output, input] == scale * Float(code))
            }
        }
    }

    @Test func `are refused where the grid is another`() throws {
        func blocks(
            _ scheme: QuantizationScheme, _ type: ElementType = .float16,
            as format: BlockFormat = .q4Type0
        ) throws -> [UInt8]? {
            try randomLinear(outputs: 3, inputs: 192, scheme: scheme, scaleType: type, seed: 6)
                .blocks(format)
        }
        let plain = QuantizationScheme(bits: 4, groupSize: 32, isSymmetric: true)
        #expect(try blocks(plain) != nil)
        #expect(try blocks(plain, .float32) == nil, "no halves")
        #expect(try blocks(plain, as: .q4Type1) == nil, "a minimum")
        #expect(try blocks(plain, as: .iq4NonLinear) == nil, "uneven levels")
        #expect(
            try blocks(QuantizationScheme(bits: 4, groupSize: 32, isSymmetric: false)) == nil)
        #expect(
            try blocks(QuantizationScheme(bits: 4, groupSize: 48, isSymmetric: true)) == nil)
        #expect(
            try blocks(QuantizationScheme(bits: 5, groupSize: 32, isSymmetric: true)) == nil)
        #expect(
            try blocks(
                QuantizationScheme(
                    bits: 4, groupSize: 32, isSymmetric: true, activationOrder: .group)) == nil)
    }
}

@Suite struct `A model read from GGUF` {
    private func plan(_ type: String, _ members: String) throws -> GGUFModel {
        let text = """
            {"model_type": "\(type)", "num_hidden_layers": 2, "hidden_size": 32,
             "max_position_embeddings": 4096, "intermediate_size": 64, "num_attention_heads": 4,
             "num_key_value_heads": 2, "vocab_size": 100, "head_dim": 8, "rms_norm_eps": 1e-05,
             \(members)}
            """
        return try GGUFModel(
            configuration: JSONValue.parse(Array(text.utf8), file: "config.json"))
    }

    private func header(_ model: GGUFModel, adding others: [String] = []) throws -> GGUFHeader {
        var tensors: [(name: String, type: GGUFTensorType, shape: [Int])] = [
            ("token_embd.weight", .float32, [100, 32])
        ]
        if !model.isTied { tensors.append(("output.weight", .float32, [100, 32])) }
        tensors += others.map { ($0, .float32, [4]) }
        let layout = try GGUFLayout(
            metadata: model.metadata(name: "x", fileType: .float32), tensors: tensors)
        let padding = [UInt8](repeating: 0, count: layout.totalBytes - layout.headerBytes.count)
        return try GGUFHeader(parsing: layout.headerBytes + padding, file: "x.gguf")
    }

    @Test(arguments: [
        ("llama", #""tie_word_embeddings": true, "rope_theta": 100000"#),
        (
            "llama",
            #""tie_word_embeddings": false, "rope_scaling": {"rope_type": "linear", "factor": 2}"#
        ),
        ("qwen2", #""tie_word_embeddings": false, "rope_theta": 1000000"#),
        ("qwen3", #""tie_word_embeddings": true"#),
        (
            "gemma3_text",
            #""tie_word_embeddings": true, "sliding_window": 512, "query_pre_attn_scalar": 8"#
        ),
        ("phi3", #""tie_word_embeddings": false, "sliding_window": 2047"#),
    ])
    func `is the one that was written`(type: String, members: String) throws {
        let model = try plan(type, members)
        let read = try GGUFModel(reading: header(model))
        #expect(read == model)
        // What stands in the file that is made of it describes the same model again.
        let text = read.configuration(roles: [:]) { _ in false }
        let again = try GGUFModel(configuration: JSONValue.parse(text, file: "config.json"))
        #expect(again == model)
    }

    @Test func `is refused with what a configuration could not say`() throws {
        let model = try plan("llama", #""tie_word_embeddings": true"#)
        #expect(throws: CheckpointError.self) {
            try GGUFModel(reading: self.header(model, adding: ["rope_freqs.weight"]))
        }
        let foreign = try GGUFLayout(
            metadata: ["general.architecture": .string("mamba")],
            tensors: [("token_embd.weight", .float32, [2, 2])])
        let padding = [UInt8](repeating: 0, count: foreign.totalBytes - foreign.headerBytes.count)
        let header = try GGUFHeader(parsing: foreign.headerBytes + padding, file: "x.gguf")
        let error = #expect(throws: CheckpointError.self) { try GGUFModel(reading: header) }
        #expect("\(String(describing: error))".contains("mamba"))
    }
}
