public import Foundation

/// A checked Hugging Face checkpoint: configuration, tensors, and the files to carry along.
public struct HuggingFaceFolder: Sendable, Hashable {
    /// The largest `config.json` that is read, in bytes.
    public static let configurationBytesMax = 16_000_000
    /// The largest number of files in the folder, and of shards.
    public static let filesMax = 100_000

    /// Where the folder is.
    public let url: URL
    /// The bytes of `config.json`.
    public let configuration: [UInt8]
    /// Every tensor of every weight file, sorted by name (bytes).
    public let tensors: [TensorReference]
    /// The safetensors files that hold the tensors, sorted.
    public let weightFiles: [String]
    /// `model.safetensors.index.json` when the checkpoint is sharded.
    public let indexFile: String?
    /// The regular files that belong to the checkpoint without being weights (`config.json`,
    /// tokenizer, licence, …), sorted; no subfolders, no hidden files.
    public let otherFiles: [String]
    /// Weights in other formats and safetensors files that the checkpoint does not use, sorted;
    /// they must not be carried into an output folder.
    public let ignoredFiles: [String]
    /// The sum of the tensors' bytes, without headers.
    public let totalBytes: Int

    /// The tensor of that name; nil when there is none.
    public func tensor(_ name: String) -> TensorReference? {
        var places = tensors.indices
        while let first = places.first {
            let middle = first + places.count / 2
            let found = tensors[middle].name
            if found == name { return tensors[middle] }
            places =
                found.precedesBytewise(name) ? middle + 1..<places.upperBound : first..<middle
        }
        return nil
    }

    /// Opens a folder and reads the headers, never the weights.
    ///
    /// `model.safetensors` wins over an index beside it, as in the usual loaders.
    ///
    /// - Throws: `CheckpointError` when a file is missing, malformed or contradicts another, and
    ///   when the weights are in a format that is not read here (pickle never is).
    public static func open(at url: URL) throws(CheckpointError) -> HuggingFaceFolder {
        let files = try regularFiles(in: url)
        guard files.contains("config.json") else {
            throw .incompleteFolder(
                folder: url.path,
                reason: "config.json is missing; give the folder of a Hugging Face model"
            )
        }
        let configuration = try CheckpointFile.readAll(
            url.appendingPathComponent("config.json"),
            bytesMax: configurationBytesMax
        )
        let single = "model.safetensors"
        let index = "model.safetensors.index.json"
        let weightFiles: [String]
        let indexFile: String?
        let tensors: [TensorReference]
        if files.contains(single) {
            (weightFiles, indexFile) = ([single], nil)
            let header = try SafetensorsHeader.read(fileAt: url.appendingPathComponent(single))
            tensors = header.tensors
        } else if files.contains(index) {
            let shards = try ShardIndex.read(fileAt: url.appendingPathComponent(index))
            (weightFiles, indexFile) = (shards.files, index)
            tensors = try read(shards, in: url, present: Set(files))
        } else {
            throw missingWeights(url, files)
        }
        let used = Set(weightFiles)
        let ignored = files.filter { isWeightFile($0) && !used.contains($0) && $0 != indexFile }
        let others = files.filter { !isWeightFile($0) && !used.contains($0) }
        return HuggingFaceFolder(
            url: url,
            configuration: configuration,
            tensors: tensors,
            weightFiles: weightFiles,
            indexFile: indexFile,
            otherFiles: others,
            ignoredFiles: ignored,
            totalBytes: try totalBytes(tensors, folder: url.path)
        )
    }

    /// All tensors of all shards, after the index and the shards have been compared both ways.
    private static func read(
        _ index: ShardIndex,
        in url: URL,
        present: Set<String>
    ) throws(CheckpointError) -> [TensorReference] {
        var tensors: [TensorReference] = []
        for shard in index.files {
            guard present.contains(shard) else {
                throw .incompleteFolder(
                    folder: url.path,
                    reason: "the index names the shard \(shard), which is missing; fetch it"
                )
            }
            let header = try SafetensorsHeader.read(fileAt: url.appendingPathComponent(shard))
            for tensor in header.tensors where index.weightMap[tensor.name] != shard {
                throw .inconsistentIndex(
                    file: index.name,
                    reason: "\(shard) holds the tensor '\(tensor.name)', which the index places "
                        + "in \(index.weightMap[tensor.name] ?? "no shard")"
                )
            }
            tensors += header.tensors
        }
        // Each tensor found is in the map at its own shard, so counts decide the other direction.
        if tensors.count != index.weightMap.count {
            let found = Set(tensors.map(\.name))
            let lost = index.weightMap.keys.filter { !found.contains($0) }
                .min { $0.precedesBytewise($1) }
            throw .inconsistentIndex(
                file: index.name,
                reason: "it places the tensor '\(lost ?? "?")' in a shard that does not hold it"
            )
        }
        return tensors.sorted { $0.name.precedesBytewise($1.name) }
    }

    private static func totalBytes(
        _ tensors: [TensorReference],
        folder: String
    ) throws(CheckpointError) -> Int {
        var total = 0
        for tensor in tensors {
            let (sum, overflow) = total.addingReportingOverflow(tensor.byteRange.count)
            guard !overflow else {
                throw .unsupportedFormat(folder: folder, reason: "its sizes overflow; shrink it")
            }
            total = sum
        }
        return total
    }
}
