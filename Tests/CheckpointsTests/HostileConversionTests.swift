import Checkpoints
import Domain
import Foundation
import Linalg
import Testing

/// A folder or a GGUF file that is to be made dense, and lies.
@Suite struct `A hostile model made dense` {
    private typealias Tensor = (name: String, type: String, shape: [Int], bytes: [UInt8])

    /// What is said of a folder with these tensors and this `quantization_config`.
    private func sentence(_ quantization: String, _ tensors: [Tensor]) throws -> String {
        let layout = try SafetensorsLayout(
            tensors: tensors.map { ($0.name, $0.type, $0.shape) })
        let bytesOf = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.bytes) })
        let data = layout.order.flatMap { bytesOf[$0] ?? [] }
        let scratch = try ScratchFolder()
        defer { withExtendedLifetime(scratch) {} }
        try scratch.write(layout.headerBytes + data, to: "model.safetensors")
        try scratch.write(#"{"quantization_config": \#(quantization)}"#, to: "config.json")
        let folder = try HuggingFaceFolder.open(at: scratch.url)
        return sentence { _ = try DenseModel(folder) }
    }

    private func sentence(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private static let packed = """
        {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups":
         {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "group_size": 32}}}}
        """
    private static let gptq =
        #"{"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": false}"#

    @Test(arguments: [("U8", [2]), ("BOOL", [2]), ("F64", [2]), ("I64", [1]), ("I64", [2, 1])])
    func `has a weight_shape of another form`(type: String, shape: [Int]) throws {
        let bytes = try #require(
            StoredElementType(rawValue: type)?.byteCount(ofShape: shape))
        let found = try sentence(
            Self.packed,
            [
                ("a.weight_packed", "I32", [1, 4], [UInt8](repeating: 0, count: 16)),
                ("a.weight_shape", type, shape, [UInt8](repeating: 1, count: bytes)),
            ])
        #expect(found.contains("its weight_shape is no pair"))
    }

    @Test func `has a weight_shape beyond all limits`() throws {
        var pair = [UInt8](repeating: 0, count: 16)
        (pair[3], pair[11]) = (1, 1)
        let found = try sentence(
            Self.packed,
            [
                ("a.weight_packed", "I32", [1, 4], [UInt8](repeating: 0, count: 16)),
                ("a.weight_shape", "I64", [2], pair),
            ])
        #expect(found.contains("16777216 × 16777216 weights are not within the limits"))
    }

    @Test(arguments: [[1 << 62, 0], [0, 32], [0, 0], [1 << 40, 0]])
    func `has a qweight without words`(shape: [Int]) throws {
        let found = try sentence(Self.gptq, [("a.qweight", "I32", shape, [])])
        #expect(found.contains("qweight is odd") || found.contains("not within the limits"))
    }

    @Test func `has codes and a dense weight`() throws {
        let found = try sentence(
            Self.gptq,
            [
                ("a.qweight", "I32", [4, 32], [UInt8](repeating: 0, count: 512)),
                ("a.weight", "F32", [1], [0, 0, 0, 0]),
            ])
        #expect(found.contains("codes and a dense weight"))
    }

    @Test func `has tensors of no elements and endless rows`() throws {
        let scratch = try ScratchFolder()
        let layout = try SafetensorsLayout(
            tensors: [("model.norm.weight", "F32", [1 << 40, 0])])
        try scratch.write(layout.headerBytes, to: "model.safetensors")
        try scratch.write("{}", to: "config.json")
        let model = try DenseModel(HuggingFaceFolder.open(at: scratch.url))
        let plan = try GGUFModel(
            configuration: JSONValue.parse(
                Array(
                    """
                    {"model_type": "llama", "num_hidden_layers": 1, "hidden_size": 32,
                     "max_position_embeddings": 64, "intermediate_size": 64,
                     "num_attention_heads": 4, "vocab_size": 4}
                    """.utf8), file: "config.json"))
        let form = try #require(model.forms.first)
        #expect(
            sentence { _ = try model.bytes(of: form, in: plan, as: "Q8_0") }
                .contains("is not what the architecture calls for"))
    }

    @Test func `finds each tensor of a folder by its name`() throws {
        let scratch = try ScratchFolder()
        let names = (0..<9).map { "t\($0)" }
        let layout = try SafetensorsLayout(tensors: names.map { ($0, "U8", [1]) })
        try scratch.write(layout.headerBytes + Array(1...9), to: "model.safetensors")
        try scratch.write("{}", to: "config.json")
        let folder = try HuggingFaceFolder.open(at: scratch.url)
        for name in names { #expect(folder.tensor(name)?.name == name) }
        for name in ["", "t", "t00", "t9", "s", "u"] { #expect(folder.tensor(name) == nil) }
    }
}

@Suite struct `A hostile model in GGUF` {
    private static let metadata: GGUFMetadata = [
        "general.architecture": .string("llama"),
        "llama.block_count": .uint32(1), "llama.context_length": .uint32(64),
        "llama.embedding_length": .uint32(32), "llama.feed_forward_length": .uint32(64),
        "llama.attention.head_count": .uint32(4),
        "llama.attention.layer_norm_rms_epsilon": .float32(1e-5),
        "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string("gpt-2"),
        "tokenizer.ggml.tokens": .texts(["a", "b"]),
        "tokenizer.ggml.token_type": .array(of: .int32, [.int32(1), .int32(1)]),
        "tokenizer.ggml.merges": .texts([]),
    ]

    private func sentence(
        _ changes: GGUFMetadata = [:], adding: [(String, GGUFTensorType, [Int])] = []
    ) throws -> String {
        var metadata = Self.metadata
        metadata.merge(changes)
        let layout = try GGUFLayout(
            metadata: metadata, tensors: [("token_embd.weight", .float32, [2, 32])] + adding)
        let padding = [UInt8](repeating: 0, count: layout.totalBytes - layout.headerBytes.count)
        let scratch = try ScratchFolder()
        defer { withExtendedLifetime(scratch) {} }
        let url = try scratch.write(layout.headerBytes + padding, to: "x.gguf")
        do {
            _ = try DenseModel(GGUFFile.open(at: url))
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test func `is accepted as long as it is not`() throws {
        #expect(try sentence() == "accepted")
        #expect(try sentence(["llama.expert_count": .uint32(0)]) == "accepted")
        #expect(try sentence(["llama.attention.sliding_window": .uint32(0)]) == "accepted")
    }

    @Test(arguments: [
        ("block_count", GGUFValue.uint32(2_000_000_000), "more than 10000"),
        ("rope.freq_base", .float32(.nan), "no number above zero"),
        ("rope.freq_base", .uint32(10_000), "no number above zero"),
        ("rope.freq_base", .float32(0), "no number above zero"),
        ("attention.layer_norm_rms_epsilon", .float32(-1), "no number above zero"),
        ("rope.scaling.type", .uint32(1), "rotary scaling"),
        ("rope.dimension_count", .uint32(4), "4 of them rotated"),
        ("rope.dimension_count", .uint32(1_000_000_000), "of them rotated"),
        ("attention.value_length", .uint32(16), "16 of values"),
        ("final_logit_softcapping", .float32(30), "is not read"),
        ("expert_count", .uint32(8), "is not read"),
    ])
    func `says what would make it another model`(
        key: String, value: GGUFValue, expected: String
    ) throws {
        var changes = GGUFMetadata()
        changes["llama.\(key)"] = value
        #expect(try sentence(changes).contains(expected))
    }

    @Test func `may not have more tokens than rows, or rows without elements`() throws {
        let tokens: GGUFMetadata = [
            "tokenizer.ggml.tokens": .texts(["a", "b", "c"]),
            "tokenizer.ggml.token_type": .array(
                of: .int32, [.int32(1), .int32(1), .int32(1)]),
        ]
        #expect(try sentence(tokens).contains("3 tokens and its embedding 2 rows"))
        let empty = ("output_norm.weight", GGUFTensorType.float32, [1 << 40, 0])
        #expect(try sentence(adding: [empty]).contains("no elements"))
        let moved = ("blk.0.attn_q.weight", GGUFTensorType.float32, [16, 32])
        #expect(try sentence(adding: [moved]).contains("not those of the heads, 32"))
    }
}
