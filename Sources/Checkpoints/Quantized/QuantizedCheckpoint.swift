public import Domain
import Foundation

/// Which format of quantised weights a checkpoint has, and where its quantised layers are.
public struct QuantizedCheckpoint: Sendable, Hashable {
    /// A format with its configuration.
    public enum Format: Sendable, Hashable {
        /// compressed-tensors' `pack-quantized`.
        case packQuantized(CompressedTensorsConfiguration)
        /// GPTQ, of version 1 or 2.
        case gptq(GPTQConfiguration)
    }

    /// The format.
    public let format: Format
    /// The names of the layers that have codes, without the tensors' last parts, sorted.
    public let layers: [String]
    /// All tensors of the checkpoint by name.
    let tensors: [String: TensorReference]
    private let tensorsOfLayer: [String: [TensorReference]]

    /// Recognises the format of a checkpoint.
    ///
    /// - Parameters:
    ///   - configuration: the bytes of `config.json`.
    ///   - quantizeConfiguration: the bytes of `quantize_config.json`, which old GPTQ checkpoints
    ///     have instead of `quantization_config`; nil when there is none.
    ///   - tensors: all tensors of the checkpoint.
    /// - Returns: nil for a dense checkpoint.
    /// - Throws: `CheckpointError.unsupportedQuantization` for other methods and formats, and for
    ///   codes that no configuration describes or descriptions of codes that are not there.
    public static func recognise(
        configuration: [UInt8], quantizeConfiguration: [UInt8]?, tensors: [TensorReference]
    ) throws(CheckpointError) -> QuantizedCheckpoint? {
        let file = "config.json"
        let described = try JSONValue.parse(configuration, file: file)["quantization_config"]
        let format: Format
        if let described, described != .null {
            switch described["quant_method"] {
            case .string("compressed-tensors"):
                format = .packQuantized(
                    try CompressedTensorsConfiguration(reading: described, file: file))
            case .string("gptq"):
                format = .gptq(try GPTQConfiguration(reading: described, file: file))
            case .string(let method):
                throw .unsupportedQuantization(
                    file: file,
                    reason: "its quant_method is “\(method.prefix(40))”; compressed-tensors and "
                        + "gptq can be read")
            default:
                throw .unsupportedQuantization(file: file, reason: "its quant_method is missing")
            }
        } else if let quantizeConfiguration {
            let name = GPTQConfiguration.fileName
            let value = try JSONValue.parse(quantizeConfiguration, file: name)
            format = .gptq(try GPTQConfiguration(reading: value, file: name))
        } else {
            try refuseCodes(tensors, file: file)
            return nil
        }
        return try QuantizedCheckpoint(format: format, tensors: tensors, file: file)
    }

    /// Recognises the format of a checkpoint's folder; see
    /// ``recognise(configuration:quantizeConfiguration:tensors:)``.
    public static func recognise(
        _ folder: HuggingFaceFolder
    ) throws(CheckpointError) -> QuantizedCheckpoint? {
        let name = GPTQConfiguration.fileName
        var quantizeConfiguration: [UInt8]?
        if folder.otherFiles.contains(name) {
            quantizeConfiguration = try CheckpointFile.readAll(
                folder.url.appendingPathComponent(name),
                bytesMax: HuggingFaceFolder.configurationBytesMax)
        }
        return try recognise(
            configuration: folder.configuration, quantizeConfiguration: quantizeConfiguration,
            tensors: folder.tensors)
    }

    private init(
        format: Format, tensors: [TensorReference], file: String
    ) throws(CheckpointError) {
        self.format = format
        var byName: [String: TensorReference] = [:]
        for tensor in tensors { byName[tensor.name] = tensor }
        self.tensors = byName
        let parts = Self.parts(format)
        let codes = parts[0]
        layers = tensors.map(\.name).filter { $0.hasSuffix("." + codes) }
            .map { String($0.dropLast(codes.count + 1)) }.sorted { $0.precedesBytewise($1) }
        guard !layers.isEmpty else {
            throw .unsupportedQuantization(
                file: file,
                reason: "it says that weights are quantised, and no tensor's name ends with "
                    + ".\(codes); fetch the whole checkpoint again")
        }
        var ofLayer: [String: [TensorReference]] = [:]
        for layer in layers { ofLayer[layer] = parts.compactMap { byName["\(layer).\($0)"] } }
        tensorsOfLayer = ofLayer
    }

    /// The last parts of the names of a layer's tensors, the codes first.
    static func parts(_ format: Format) -> [String] {
        switch format {
        case .packQuantized:
            [
                "weight_packed", "weight_scale", "weight_shape", "weight_zero_point",
                "weight_g_idx",
            ]
        case .gptq: ["qweight", "qzeros", "scales", "g_idx"]
        }
    }

    private static func refuseCodes(
        _ tensors: [TensorReference], file: String
    ) throws(CheckpointError) {
        let codes = [".weight_packed", ".qweight"]
        let found = tensors.first { tensor in codes.contains { tensor.name.hasSuffix($0) } }
        if let found {
            throw .unsupportedQuantization(
                file: file,
                reason: "it has no quantization_config, and \(found.name.prefix(200)) holds codes; "
                    + "fetch the whole checkpoint again")
        }
    }

    /// What the configuration says of a linear layer; nil when it is to be dense.
    ///
    /// - Throws: `CheckpointError.unsupportedQuantization` when it contradicts itself.
    public func scheme(of layer: String) throws(CheckpointError) -> QuantizationScheme? {
        switch format {
        case .packQuantized(let configuration): try configuration.scheme(of: layer)
        case .gptq(let configuration): try configuration.scheme(of: layer)
        }
    }

    /// The tensors that stand for a quantised layer's weight; empty for an unknown layer.
    public func tensors(of layer: String) -> [TensorReference] { tensorsOfLayer[layer] ?? [] }

    /// Reads one of `layers`.
    ///
    /// - Parameters:
    ///   - layer: the layer's name.
    ///   - read: gives the bytes of a tensor, as many as its reference says.
    /// - Returns: the layer.
    /// - Throws: `CheckpointError.malformedLayer` when its tensors are not what the configuration
    ///   says, `unsupportedQuantization` when the configuration does not describe it, and what
    ///   `read` throws.
    public func linear(
        _ layer: String, read: (TensorReference) throws(CheckpointError) -> [UInt8]
    ) throws(CheckpointError) -> QuantizedLinear {
        guard let scheme = try scheme(of: layer) else {
            throw .malformedLayer(
                layer: layer, reason: "it has codes, and the configuration says that it is dense")
        }
        var stored: [StoredTensor] = []
        for tensor in tensors(of: layer) {
            let bytes = try read(tensor)
            guard bytes.count == tensor.byteRange.count else {
                throw .truncated(
                    file: tensor.file, promised: tensor.byteRange.count, found: bytes.count)
            }
            stored.append(StoredTensor(tensor.form, bytes: bytes))
        }
        switch format {
        case .packQuantized(let configuration):
            return try PackQuantized.read(
                layer: layer, tensors: stored, scheme: scheme, version: configuration.version)
        case .gptq(let configuration):
            return try GPTQTensors.read(
                layer: layer, tensors: stored, scheme: scheme,
                checkpointFormat: configuration.checkpointFormat)
        }
    }
}
