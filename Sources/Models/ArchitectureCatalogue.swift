public import Checkpoints

/// The architectures that can be read, one line each.
public enum ArchitectureCatalogue {
    private typealias Maker =
        @Sendable (ModelConfiguration) throws(ModelError) -> any Architecture

    private static let entries: [(modelType: String, make: Maker)] = [
        ("llama", { (c) throws(ModelError) in try Llama(configuration: c) }),
        ("mistral", { (c) throws(ModelError) in try Mistral(configuration: c) }),
        ("qwen2", { (c) throws(ModelError) in try Qwen2(configuration: c) }),
        ("qwen3", { (c) throws(ModelError) in try Qwen3(configuration: c) }),
        ("gemma3_text", { (c) throws(ModelError) in try Gemma3(configuration: c) }),
        ("phi3", { (c) throws(ModelError) in try Phi3(configuration: c) }),
        ("gpt2", { (c) throws(ModelError) in try GPT2(configuration: c) }),
        ("opt", { (c) throws(ModelError) in try OPT(configuration: c) }),
        ("mixtral", { (c) throws(ModelError) in try Mixtral(configuration: c) }),
        ("qwen2_moe", { (c) throws(ModelError) in try Qwen2MoE(configuration: c) }),
        ("qwen3_moe", { (c) throws(ModelError) in try Qwen3MoE(configuration: c) }),
        ("bert", { (c) throws(ModelError) in try Bert(configuration: c) }),
    ]

    /// The `model_type` values that are supported.
    public static var modelTypes: [String] { entries.map(\.modelType) }

    /// The architecture that a `config.json` describes.
    ///
    /// - Parameter configuration: the file's bytes.
    /// - Returns: the architecture; no tensor has been looked at.
    /// - Throws: `CheckpointError` for text that is no JSON; `ModelError` for an unknown
    ///   architecture, an invalid field, or arithmetic that is not supported.
    public static func architecture(configuration: [UInt8]) throws -> any Architecture {
        let configuration = try ModelConfiguration(configuration)
        let modelType = try configuration.text("model_type", default: nil)
        guard let entry = entries.first(where: { $0.modelType == modelType }) else {
            throw ModelError.unknownArchitecture(name: modelType, supported: modelTypes)
        }
        guard !configuration.has("quantization_config") else {
            throw ModelError.unsupportedConfiguration(
                field: "quantization_config",
                reason: "says that the weights are quantised already; start from the "
                    + "uncompressed model"
            )
        }
        return try entry.make(configuration)
    }

    /// The architecture of a folder, after its tensors have been checked against it.
    ///
    /// - Throws: as `architecture(configuration:)`, and `ModelError` when the tensors do not fit.
    public static func architecture(of folder: HuggingFaceFolder) throws -> any Architecture {
        let architecture = try architecture(configuration: folder.configuration)
        try architecture.validate(tensors: folder.tensors)
        return architecture
    }
}
