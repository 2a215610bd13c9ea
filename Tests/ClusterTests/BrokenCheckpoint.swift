import Foundation
import Testing

/// A copy of the example's model, to be broken in one particular way.
struct BrokenCheckpoint {
    let folder: URL

    /// Copies the example.
    init(on bench: Workbench) throws {
        folder = bench.folder.appendingPathComponent("broken")
        try FileManager.default.copyItem(at: Example.modelFolder, to: folder)
    }

    private var weights: URL { folder.appendingPathComponent("model.safetensors") }

    /// The file's header as JSON, and its data.
    private struct Parts {
        var header: [String: Any]
        var data: Data

        /// Names of tensors in the order of their data.
        var names: [String] {
            let tensors = header.keys.filter { $0 != "__metadata__" }
            return tensors.sorted { range(of: $0).lowerBound < range(of: $1).lowerBound }
        }

        func range(of name: String) -> Range<Int> {
            let entry = header[name] as? [String: Any] ?? [:]
            let offsets = entry["data_offsets"] as? [Int] ?? [0, 0]
            return offsets[0]..<offsets[1]
        }

        mutating func move(_ name: String, by distance: Int) {
            var entry = header[name] as? [String: Any] ?? [:]
            let old = range(of: name)
            entry["data_offsets"] = [old.lowerBound + distance, old.upperBound + distance]
            header[name] = entry
        }
    }

    private func read() throws -> Parts {
        let bytes = try Data(contentsOf: weights)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let object = try JSONSerialization.jsonObject(
            with: bytes.subdata(in: 8..<8 + length))
        return Parts(
            header: try #require(object as? [String: Any]),
            data: bytes.subdata(in: 8 + length..<bytes.count))
    }

    private func write(_ parts: Parts, to file: URL) throws {
        var text = try JSONSerialization.data(
            withJSONObject: parts.header, options: [.withoutEscapingSlashes])
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        var bytes = Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
        bytes.append(text)
        bytes.append(parts.data)
        try bytes.write(to: file)
    }

    func truncate() throws {
        let bytes = try Data(contentsOf: weights)
        try bytes.dropLast(1_000).write(to: weights)
    }

    /// The second tensor begins within the first; its name.
    func overlap() throws -> String {
        var parts = try read()
        let name = parts.names[1]
        parts.move(name, by: -8)
        try write(parts, to: weights)
        return name
    }

    /// The last tensor ends far behind the file's end.
    func reachBeyond() throws -> String {
        var parts = try read()
        let name = try #require(parts.names.last)
        parts.move(name, by: 1 << 40)
        try write(parts, to: weights)
        return name
    }

    /// Two shards by the index, of which one is absent; its name.
    func loseShard() throws -> String {
        let parts = try read()
        let names = parts.names
        let cut = names.count / 2
        let end = parts.range(of: names[cut]).lowerBound
        var first = Parts(header: [:], data: parts.data.subdata(in: 0..<end))
        for name in names[..<cut] { first.header[name] = parts.header[name] }
        let files = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
        try write(first, to: folder.appendingPathComponent(files[0]))
        try FileManager.default.removeItem(at: weights)
        var map: [String: String] = [:]
        for (index, name) in names.enumerated() { map[name] = files[index < cut ? 0 : 1] }
        let index: [String: Any] = [
            "metadata": ["total_size": parts.data.count], "weight_map": map,
        ]
        try JSONSerialization.data(withJSONObject: index).write(
            to: folder.appendingPathComponent("model.safetensors.index.json"))
        return files[1]
    }

    /// One weight is no number; its tensor.
    func poison() throws -> String {
        var parts = try read()
        let name = parts.names[parts.names.count / 2]
        let place = parts.range(of: name).lowerBound + 64
        // The upper half of a Float32 NaN: what BF16 keeps.
        parts.data.replaceSubrange(place..<place + 2, with: [0xC0, 0x7F])
        try write(parts, to: weights)
        return name
    }

    /// The configuration names a family that nobody knows.
    func estrange() throws -> String {
        try configure("model_type", to: "falcon")
        try configure("architectures", to: ["FalconForCausalLM"])
        return "falcon"
    }

    func configure(_ field: String, to value: Any) throws {
        let file = folder.appendingPathComponent("config.json")
        let object = try JSONSerialization.jsonObject(with: try Data(contentsOf: file))
        var configuration = try #require(object as? [String: Any])
        configuration[field] = value
        try JSONSerialization.data(withJSONObject: configuration).write(to: file)
    }

    /// The weights are replaced by a header that claims to be longer than memory.
    func inflateHeader() throws {
        try Data([0, 0, 0, 0, 0, 0, 0, 0x40] + Array("{}".utf8)).write(to: weights)
    }
}
