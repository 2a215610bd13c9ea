import Checkpoints
import Domain
import Foundation
import Models
import Planning

/// A model by its shapes: enough to plan with, since plans have the same shape whatever the
/// bytes are.
struct ModelShape: Sendable {
    /// What people call it.
    let title: String
    /// Its tensors' names, types, shapes and files, with stand-in digests.
    let manifest: ModelManifest

    /// Names that ``init(named:)`` knows.
    static let names = ["llama-3-8b", "llama-3-70b", "smollm2-135m"]

    /// The largest weight file of a model given by its shapes, in bytes; as on the Hub.
    private static let fileBytesMax = 5_000_000_000

    /// One of ``names``.
    init(named name: String) throws {
        guard let configuration = Self.configurations[name] else {
            throw SimulatorError.usage(
                "--shape is one of " + Self.names.joined(separator: ", ") + ".")
        }
        try self.init(title: name, configuration: Array(configuration.utf8))
    }

    /// A checkpoint's folder, or one that holds a `config.json` and no weights.
    init(folder path: String) throws {
        let url = URL(filePath: path)
        let manager = FileManager.default
        let files = try manager.contentsOfDirectory(atPath: path)
        if files.contains(where: { $0.hasSuffix(".safetensors") }) {
            let folder = try HuggingFaceFolder.open(at: url)
            let tensors = folder.tensors.map {
                Self.tensor($0.name, $0.elementType, $0.shape, $0.byteRange.count, $0.file)
            }
            self.init(url.lastPathComponent, folder.configuration, tensors, folder.weightFiles)
        } else {
            let data = try Data(contentsOf: url.appendingPathComponent("config.json"))
            try self.init(title: url.lastPathComponent, configuration: Array(data))
        }
    }

    /// The model that a `config.json` describes, in weight files of at most 5 GB.
    init(title: String, configuration: [UInt8]) throws {
        struct ElementType: Decodable { let torch_dtype: String? }
        let architecture = try ArchitectureCatalogue.architecture(configuration: configuration)
        let named = try JSONDecoder().decode(ElementType.self, from: Data(configuration))
        let type = named.torch_dtype == "float32" ? ("F32", 4) : ("BF16", 2)
        var tensors: [ModelManifest.Tensor] = []
        var files: [String] = []
        var room = 0
        for (name, shape) in architecture.expectedTensors() {
            let bytes = shape.reduce(type.1, *)
            if room < bytes || files.isEmpty {
                files.append("model-\(String(10_001 + files.count).dropFirst()).safetensors")
                room = Self.fileBytesMax
            }
            room -= bytes
            tensors.append(Self.tensor(name, type.0, shape, bytes, files[files.count - 1]))
        }
        self.init(title, configuration, tensors, files)
    }

    private init(
        _ title: String, _ configuration: [UInt8], _ tensors: [ModelManifest.Tensor],
        _ files: [String]
    ) {
        self.title = title
        manifest = ModelManifest(
            title: title, configurationText: String(decoding: configuration, as: UTF8.self),
            configuration: Self.blob("config.json", configuration.count),
            tensors: tensors.sorted { $0.form.name < $1.form.name },
            weightFiles: files.sorted(), carriedFiles: [])
    }

    /// A blob whose digest stands in for that of its bytes.
    static func blob(_ name: String, _ bytes: Int) -> BlobReference {
        BlobReference(digest: Digest(sha256Of: Array(name.utf8)), byteCount: bytes)
    }

    private static func tensor(
        _ name: String, _ type: String, _ shape: [Int], _ bytes: Int, _ file: String
    ) -> ModelManifest.Tensor {
        ModelManifest.Tensor(
            form: TensorForm(name: name, elementType: type, shape: shape),
            blob: blob("tensor \(name)", bytes), file: file)
    }

    private static func llama(
        _ hidden: Int, _ intermediate: Int, _ blocks: Int, heads: Int, keyValueHeads: Int,
        vocabulary: Int, tied: Bool, type: String
    ) -> String {
        """
        {"model_type": "llama", "hidden_act": "silu", "hidden_size": \(hidden),
         "intermediate_size": \(intermediate), "num_hidden_layers": \(blocks),
         "num_attention_heads": \(heads), "num_key_value_heads": \(keyValueHeads),
         "vocab_size": \(vocabulary), "max_position_embeddings": 8192, "rope_theta": 500000.0,
         "rms_norm_eps": 1e-05, "tie_word_embeddings": \(tied), "torch_dtype": "\(type)"}
        """
    }

    /// `config.json` of Meta-Llama-3-8B, Meta-Llama-3-70B and SmolLM2-135M, as far as it counts.
    private static let configurations = [
        "llama-3-8b": llama(
            4_096, 14_336, 32, heads: 32, keyValueHeads: 8, vocabulary: 128_256, tied: false,
            type: "bfloat16"),
        "llama-3-70b": llama(
            8_192, 28_672, 80, heads: 64, keyValueHeads: 8, vocabulary: 128_256, tied: false,
            type: "bfloat16"),
        "smollm2-135m": llama(
            576, 1_536, 30, heads: 9, keyValueHeads: 3, vocabulary: 49_152, tied: true,
            type: "float32"),
    ]
}
