import Checkpoints
public import Domain
import Foundation
import Models

/// The files of a finished compression, in each format of its recipe.
public struct FormatFiles: Sendable {
    /// The formats, in the order of the recipe.
    public var formats: [OutputFormat] { plan.formats }

    private let plan: FormatPlan
    private let factory: TaskFactory
    private let damping: Double?
    private let software: String

    /// Plans the files of a job.
    ///
    /// - Parameter software: name and version of this program, "spokeshave:1.0".
    /// - Throws: `PlanningError` when the job is no compression or does not fit its model.
    public init(_ specification: JobSpecification, software: String) throws {
        guard case .compress(let recipe) = specification.purpose else {
            throw PlanningError.specification(problem: "it is no compression.")
        }
        factory = try TaskFactory(manifest: specification.model, states: recipe.states)
        let layers = try LayerPlan(recipe: recipe, architecture: factory.architecture)
        plan = try FormatPlan(recipe: recipe, layers: layers, factory: factory)
        damping = recipe.steps.map(\.damping).first { $0 > 0 }
        self.software = software
    }

    /// The name of the task that writes a file.
    static func task(_ file: String, _ format: OutputFormat) -> String {
        format == .dense ? "assemble/\(file)" : "assemble.\(format.rawValue)/\(file)"
    }

    /// The weight files of a format, each with the task that writes it.
    public func weightFiles(in format: OutputFormat) -> [(name: String, task: TaskName)] {
        factory.manifest.weightFiles.map { ($0, TaskName(Self.task($0, format))) }
    }

    /// Small files that a format adds, or that take the place of the original's of that name.
    ///
    /// - Throws: `PlanningError.mismatch` when the model's configuration cannot take the format's.
    public func files(in format: OutputFormat) throws -> [(name: String, bytes: [UInt8])] {
        guard format.isQuantized else { return [] }
        var schemes: [String: QuantizationScheme] = [:]
        var ignore = ["lm_head"]
        for layer in FormatPlan.linears(of: factory.architecture) {
            schemes[layer.name] = plan.scheme(of: layer)
            if schemes[layer.name] == nil { ignore.append(layer.name) }
        }
        let configuration = Array(factory.manifest.configurationText.utf8)
        do {
            return try configurations(format, schemes, ignore, configuration) + (try index(format))
        } catch let error as CheckpointError {
            throw PlanningError.mismatch(problem: "\(error)")
        }
    }

    private func configurations(
        _ format: OutputFormat, _ schemes: [String: QuantizationScheme], _ ignore: [String],
        _ configuration: [UInt8]
    ) throws -> [(name: String, bytes: [UInt8])] {
        switch format {
        case .compressedTensors:
            let own = try CompressedTensorsConfiguration(schemes: schemes, ignore: ignore)
            return [("config.json", try own.inserted(into: configuration))]
        case .gptq, .gptqV2:
            let own = try GPTQConfiguration(
                schemes: schemes, ignore: ignore,
                checkpointFormat: format == .gptq ? .v1 : .v2)
            return [
                (
                    "config.json",
                    try own.inserted(
                        into: configuration, dampingFraction: damping, software: software)
                ),
                (
                    GPTQConfiguration.fileName,
                    own.encoded(dampingFraction: damping, software: software)
                ),
            ]
        case .dense: return []
        }
    }

    /// The list of the tensors of each shard, where the original has one.
    private func index(_ format: OutputFormat) throws -> [(name: String, bytes: [UInt8])] {
        let manifest = factory.manifest
        let old = manifest.carriedFiles.first { $0.name.hasSuffix(".safetensors.index.json") }
        guard let old else { return [] }
        let layers = Dictionary(
            FormatPlan.linears(of: factory.architecture).map { ($0.weight, $0) },
            uniquingKeysWith: { first, _ in first })
        var places: [String: String] = [:]
        var bytes = 0
        for tensor in manifest.tensors {
            let forms =
                try layers[tensor.form.name].map {
                    try plan.forms(of: $0, weight: tensor.form, in: format)
                } ?? [tensor.form]
            for form in forms {
                places[form.name] = tensor.file
                bytes +=
                    StoredElementType(rawValue: form.elementType)?
                    .byteCount(ofShape: form.shape) ?? 0
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let index = ShardList(metadata: .init(total_size: bytes), weight_map: places)
        return [(old.name, Array(try encoder.encode(index)) + [0x0A])]
    }

    /// As `*.safetensors.index.json` has it.
    private struct ShardList: Encodable {
        struct Metadata: Encodable { let total_size: Int }
        let metadata: Metadata
        let weight_map: [String: String]
    }
}
