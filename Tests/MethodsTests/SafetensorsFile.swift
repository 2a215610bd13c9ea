import Foundation
import Linalg

/// As much of the safetensors format as the shared golden files need.
struct SafetensorsFile {
    let metadata: [String: String]
    private let data: Data
    private let tensors: [String: (shape: [Int], offsets: [Int])]
    private let start: Int

    init(path: String) throws {
        data = try Data(contentsOf: URL(fileURLWithPath: path))
        let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        start = 8 + length
        let header = try JSONSerialization.jsonObject(with: data[8..<start]) as? [String: Any]
        var tensors: [String: (shape: [Int], offsets: [Int])] = [:]
        for (name, value) in header ?? [:] {
            guard let entry = value as? [String: Any], let shape = entry["shape"] as? [Int],
                let offsets = entry["data_offsets"] as? [Int]
            else { continue }
            tensors[name] = (shape, offsets)
        }
        self.tensors = tensors
        metadata = header?["__metadata__"] as? [String: String] ?? [:]
    }

    /// A Float32 matrix by its name; nil if there is none.
    func matrix(_ name: String) -> Matrix? {
        guard let (shape, offsets) = tensors[name], shape.count == 2 else { return nil }
        let bytes = [UInt8](data[start + offsets[0]..<start + offsets[1]])
        return Matrix(
            rows: shape[0], columns: shape[1], decoding: bytes.span.bytes, as: .float32)
    }
}
