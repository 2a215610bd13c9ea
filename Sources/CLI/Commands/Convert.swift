import ArgumentParser
import Checkpoints
import Domain
import Foundation
import Models

/// `spokeshave convert`: the same model in another format.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the same model in another format.",
        discussion: """
            IN is a Hugging Face folder, dense or with layers in compressed-tensors or GPTQ \
            format, or a GGUF file. OUT is a folder with dense weights, or, when its name ends \
            with .gguf, a GGUF file. Nothing is compressed here: weights come out as the numbers \
            that engines would compute with. Into GGUF blocks symmetric codes go as they are \
            (4 bits into Q4_0, 8 bits into Q8_0, groups of 32 or a multiple, F16 scales, as \
            GPTQ checkpoints have), everything else by plain rounding.
            """)

    @Argument(help: "A Hugging Face folder or a GGUF file.")
    var input: String

    @Argument(help: "The folder or GGUF file to write; it must not exist, or be an empty folder.")
    var output: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How a GGUF file stores matrices: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1. "
                + "Matrices whose rows are no whole blocks get F16.", valueName: "type"))
    var type = "F16"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The same for the embedding and the output matrix. By default the type of the others, "
                + "or Q8_0 where that has fewer bits.", valueName: "type"))
    var embeddingType: String?

    @Flag(name: .long, help: "Show no progress.")
    var quiet = false

    func validate() throws {
        for type in [type, embeddingType ?? type] where !GGUFExport.types.contains(type) {
            throw ValidationError(
                "There is no type “\(type)” here: choose among "
                    + GGUFExport.types.joined(separator: ", ") + ".")
        }
    }

    func run() throws {
        let progress = ProgressLine(isQuiet: quiet)
        let url = URL(filePath: input)
        let model = try Self.open(url)
        // What comes out is to be loaded: refuse what no architecture knows.
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: model.configuration)
        try architecture.validate(tensors: model.references)
        let goal = URL(filePath: output)
        if goal.pathExtension == "gguf" {
            let outer = embeddingType ?? (["F32", "F16", "BF16"].contains(type) ? type : "Q8_0")
            try GGUFExport(model: model, folder: url, type: type, embeddingType: outer)
                .write(goal, progress: progress)
        } else {
            try DenseFolder(model: model, source: url).write(goal, progress: progress)
        }
        progress.note("\(architecture.modelType), \(model.forms.count) tensors")
        print("Written: \(goal.path)")
    }

    /// A folder or a GGUF file, its headers checked.
    static func open(_ url: URL) throws -> DenseModel {
        if url.pathExtension == "gguf" { return try DenseModel(GGUFFile.open(at: url)) }
        return try DenseModel(HuggingFaceFolder.open(at: url))
    }
}

/// A folder of dense weights.
struct DenseFolder {
    /// Tensors of one file at most, in bytes, as the Hub's own tools cut.
    private static let shardBytesMax = 5_000_000_000

    let model: DenseModel
    /// The folder that carried files are copied from.
    let source: URL

    func write(_ goal: URL, progress: ProgressLine) throws {
        let shards = try shards()
        try StagedFolder.write(goal) { staged in
            try staged.file("config.json") { try $0(model.configuration) }
            for (name, bytes) in model.madeFiles { try staged.file(name) { try $0(bytes) } }
            for name in model.carriedFiles where name != "config.json" {
                let bytes = try Data(contentsOf: source.appendingPathComponent(name))
                try staged.file(name) { try $0(Array(bytes)) }
            }
            var places: [String: String] = [:]
            for (number, forms) in shards.enumerated() {
                let name = Self.name(number, of: shards.count)
                for form in forms { places[form.name] = name }
                try write(forms, to: name, staged, progress)
            }
            guard shards.count > 1 else { return }
            let index = try Self.index(places, bytes: model.forms.reduce(0) { $0 + $1.byteCount })
            try staged.file("model.safetensors.index.json") { try $0(index) }
        }
    }

    private func write(
        _ forms: [TensorForm], to name: String, _ staged: StagedFolder, _ progress: ProgressLine
    ) throws {
        let layout = try SafetensorsLayout(
            tensors: forms.map { ($0.name, $0.elementType, $0.shape) }, file: name)
        let byName = Dictionary(
            forms.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        try staged.file(name) { append in
            try append(layout.headerBytes)
            for (number, tensor) in layout.order.enumerated() {
                progress.show("writing \(name): tensor \(number) of \(layout.order.count)")
                guard let form = byName[tensor] else { continue }
                try append(try model.bytes(of: form))
            }
        }
    }

    private func shards() throws -> [[TensorForm]] {
        var shards: [[TensorForm]] = [[]]
        var bytes = 0
        for form in model.forms {
            if bytes + form.byteCount > Self.shardBytesMax, shards[shards.count - 1].count > 0 {
                shards.append([])
                bytes = 0
            }
            shards[shards.count - 1].append(form)
            bytes += form.byteCount
        }
        return shards
    }

    private static func name(_ number: Int, of count: Int) -> String {
        guard count > 1 else { return "model.safetensors" }
        func padded(_ number: Int) -> String {
            String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)"
        }
        return "model-\(padded(number + 1))-of-\(padded(count)).safetensors"
    }

    private static func index(_ places: [String: String], bytes: Int) throws -> [UInt8] {
        let map = places.mapValues { JSONValue.string($0) }
        return JSONValue.object([
            "metadata": .object(["total_size": .integer(bytes)]), "weight_map": .object(map),
        ]).encoded() + [0x0A]
    }
}

extension TensorForm {
    /// Bytes of its elements; 0 for an element type that is not known.
    var byteCount: Int {
        StoredElementType(rawValue: elementType)?.byteCount(ofShape: shape) ?? 0
    }
}
