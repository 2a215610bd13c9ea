import Checkpoints
import Foundation

extension DenseFolder {
    /// Lets `body` work on a folder with dense weights: the model's own, or a copy that is made
    /// for it and removed, where the model is quantised or a GGUF file.
    static func with<Result>(
        _ model: URL, progress: ProgressLine, _ body: (URL) throws -> Result
    ) throws -> Result {
        guard model.pathExtension == "gguf" || isQuantized(model) else {
            return try body(model)
        }
        let manager = FileManager.default
        let place = manager.temporaryDirectory
            .appendingPathComponent("spokeshave-\(UUID().uuidString)")
        try manager.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? manager.removeItem(at: place) }
        let name = model.deletingPathExtension().lastPathComponent
        let copy = place.appendingPathComponent(name.isEmpty ? "model" : name)
        try DenseFolder(model: Convert.open(model), source: model).write(copy, progress: progress)
        return try body(copy)
    }

    /// Whether the folder says that its layers are quantised; whatever is wrong with it is told
    /// by whoever opens it.
    private static func isQuantized(_ model: URL) -> Bool {
        guard let folder = try? HuggingFaceFolder.open(at: model) else { return false }
        guard let checkpoint = try? QuantizedCheckpoint.recognise(folder) else { return false }
        return !checkpoint.layers.isEmpty
    }
}
