import Checkpoints
import Foundation

/// A checkpoint's folder as one JSON text.
///
/// A change to the text gives another folder that can still be opened, for example of:
///
///     {"config": {…}, "quantize_config": {…},
///      "tensors": {"a.qweight": {"type": "I32", "shape": [4, 32], "data": [7, 8]}}}
///
/// `data` are the elements as integers, which begin again when there are too few; a number is
/// its bits.
struct DrawnFolder {
    private static let bytesMax = 128 << 10

    private let configuration: [UInt8]
    private let quantizeConfiguration: [UInt8]?
    private let weights: [UInt8]

    /// nil where the text draws no folder: what is not about the formats' readers.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue.parse(bytes, file: "folder"),
            case .object(let members)? = value["tensors"]
        else { return nil }
        configuration = (value["config"] ?? .object([:])).encoded()
        quantizeConfiguration = value["quantize_config"]?.encoded()
        var tensors: [(name: String, elementType: String, shape: [Int])] = []
        var data: [String: [UInt8]] = [:]
        var bytesLeft = Self.bytesMax
        for (name, tensor) in members {
            guard case .string(let type)? = tensor["type"], let shape = tensor["shape"]?.integers,
                let stored = StoredElementType(rawValue: type),
                let byteCount = stored.byteCount(ofShape: shape), byteCount <= bytesLeft
            else { return nil }
            bytesLeft -= byteCount
            tensors.append((name, type, shape))
            data[name] = Self.bytes(
                tensor["data"]?.integers ?? [1], of: max(1, stored.bitCount / 8), count: byteCount)
        }
        guard let layout = try? SafetensorsLayout(tensors: tensors) else { return nil }
        weights = layout.headerBytes + layout.order.flatMap { data[$0] ?? [] }
    }

    private static func bytes(_ numbers: [Int], of width: Int, count: Int) -> [UInt8] {
        guard !numbers.isEmpty else { return [UInt8](repeating: 0, count: count) }
        return (0..<count).map { place in
            let number = numbers[place / width % numbers.count]
            return UInt8(truncatingIfNeeded: number >> (8 * (place % width)))
        }
    }

    /// Writes the folder, and removes it when `body` is done.
    func written<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let manager = FileManager.default
        let url = manager.temporaryDirectory
            .appending(path: "spokeshave-fuzz-\(UUID().uuidString)")
        try manager.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? manager.removeItem(at: url) }
        try Data(configuration).write(to: url.appending(path: "config.json"))
        try Data(weights).write(to: url.appending(path: "model.safetensors"))
        if let quantizeConfiguration {
            try Data(quantizeConfiguration).write(to: url.appending(path: "quantize_config.json"))
        }
        return try body(url)
    }
}

extension JSONValue {
    /// The integers of a list; nil when it is none or holds anything else.
    fileprivate var integers: [Int]? {
        guard case .array(let values) = self else { return nil }
        var integers: [Int] = []
        for value in values {
            guard case .integer(let integer) = value else { return nil }
            integers.append(integer)
        }
        return integers
    }
}
