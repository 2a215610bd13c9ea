import Foundation

extension HuggingFaceFolder {
    /// The names of the visible regular files, sorted by bytes; links to files count.
    static func regularFiles(in url: URL) throws(CheckpointError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw .unreadable(file: url.path, reason: "it is missing or not a folder")
        }
        guard names.count <= filesMax else {
            throw .unreadable(
                file: url.path,
                reason: "it has \(names.count) files, more than \(filesMax)"
            )
        }
        return names.filter {
            !$0.hasPrefix(".") && CheckpointFile.isRegularFile(url.appendingPathComponent($0))
        }.sorted { $0.precedesBytewise($1) }
    }

    /// Whether a file holds weights in this or another format, or is an index of such files.
    static func isWeightFile(_ name: String) -> Bool {
        let lowercased = name.lowercased()
        return lowercased.hasSuffix(".index.json")
            || weightSuffixes.contains { lowercased.hasSuffix($0) }
    }

    private static let weightSuffixes =
        [
            ".safetensors", ".gguf", ".onnx", ".h5", ".msgpack", ".tflite",
        ] + pickleSuffixes
    private static let pickleSuffixes = [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".ot"]

    static func missingWeights(_ url: URL, _ files: [String]) -> CheckpointError {
        let pickled = files.first { name in
            pickleSuffixes.contains { name.lowercased().hasSuffix($0) }
        }
        if let pickled {
            return .unsupportedFormat(
                folder: url.path,
                reason: "\(pickled) is a pickle, which can run code when it is loaded; convert "
                    + "the model with save_pretrained(…, safe_serialization=True)"
            )
        }
        if let other = files.first(where: isWeightFile) {
            return .unsupportedFormat(
                folder: url.path,
                reason: "\(other) is not model.safetensors and no index names it; convert or "
                    + "rename it"
            )
        }
        return .incompleteFolder(
            folder: url.path,
            reason: "model.safetensors and model.safetensors.index.json are both missing; fetch "
                + "the weights"
        )
    }
}
