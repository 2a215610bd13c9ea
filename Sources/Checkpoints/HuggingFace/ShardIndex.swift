public import Foundation

/// `model.safetensors.index.json`: which shard holds which tensor.
public struct ShardIndex: Sendable, Hashable {
    /// The usual name of the file.
    public static let fileName = "model.safetensors.index.json"
    /// The largest index that is read, in bytes.
    public static let bytesMax = 100_000_000

    /// The name of the index file itself.
    public let name: String
    /// Tensor name → shard's file name, a plain name inside the same folder.
    public let weightMap: [String: String]
    /// The shards, sorted, each once.
    public let files: [String]

    /// Describes an index that is to be written; the shards' names must be plain.
    public init(weightMap: [String: String], name: String = ShardIndex.fileName) {
        self.name = name
        self.weightMap = weightMap
        files = Set(weightMap.values).sorted { $0.precedesBytewise($1) }
    }

    /// Reads and checks an index file.
    ///
    /// - Throws: `CheckpointError` for text that is no JSON, a missing or empty `weight_map`, and
    ///   shard names with slashes or other than `*.safetensors`.
    public static func read(fileAt url: URL) throws(CheckpointError) -> ShardIndex {
        let name = url.lastPathComponent
        let text = try CheckpointFile.readAll(url, bytesMax: bytesMax)
        guard case .object(let members)? = try JSONValue.parse(text, file: name)["weight_map"],
            !members.isEmpty
        else {
            throw .inconsistentIndex(file: name, reason: "its weight_map is missing or empty")
        }
        var map: [String: String] = [:]
        for (tensor, value) in members {
            guard case .string(let shard) = value, isPlainShardName(shard) else {
                throw .inconsistentIndex(
                    file: name,
                    reason: "the shard of '\(tensor.prefix(200))' is not the plain name of a "
                        + ".safetensors file"
                )
            }
            map[tensor] = shard
        }
        let index = ShardIndex(weightMap: map, name: name)
        guard index.files.count <= HuggingFaceFolder.filesMax else {
            throw .inconsistentIndex(file: name, reason: "it names \(index.files.count) shards")
        }
        return index
    }

    /// The bytes of the index file, as transformers writes them: keys sorted, indented by two.
    ///
    /// - Parameter totalSize: the sum of the tensors' bytes, without headers.
    /// - Returns: JSON in UTF-8 with a line feed at the end.
    public func encoded(totalSize: Int) -> [UInt8] {
        let entries = weightMap.sorted { $0.key.precedesBytewise($1.key) }
            .map { "    \(quoted($0.key)): \(quoted($0.value))" }
        let text = """
            {
              "metadata": {
                "total_size": \(totalSize)
              },
              "weight_map": {
            \(entries.joined(separator: ",\n"))
              }
            }

            """
        return Array(text.utf8)
    }

    /// The name of a shard, `model-00001-of-00003.safetensors`; shards count from one.
    public static func shardName(_ number: Int, of count: Int) -> String {
        func digits(_ value: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, 5 - text.utf8.count)) + text
        }
        return "model-\(digits(number))-of-\(digits(count)).safetensors"
    }

    /// A name that cannot lead out of the folder.
    private static func isPlainShardName(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && !name.hasPrefix(".") && name.utf8.count <= 255
            && !name.utf8.contains { $0 == 0x2F || $0 == 0x5C || $0 < 0x20 }
    }
}
