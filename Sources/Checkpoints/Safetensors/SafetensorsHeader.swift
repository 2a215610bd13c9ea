public import Foundation

/// The checked header of one safetensors file; the tensors' bytes are never touched.
public struct SafetensorsHeader: Sendable, Hashable {
    /// The largest header that is read, in bytes; the reference reader's own limit.
    public static let headerBytesMax = 100_000_000
    /// The largest number of tensors in one file.
    public static let tensorsMax = 1_000_000
    /// The longest name of a tensor, in bytes of UTF-8.
    public static let nameBytesMax = 4_096
    /// The largest number of extents of a shape.
    public static let extentsMax = 32

    /// The tensors, sorted by name (bytes).
    public let tensors: [TensorReference]
    /// The free texts under `__metadata__`; empty when there are none.
    public let metadata: [String: String]
    /// Where the data begins: eight bytes and the header's text.
    public let dataOffset: Int
    /// The size of the whole file.
    public let fileByteCount: Int

    /// Reads and checks the header of a file.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read, is truncated or too long, or when
    ///   its header breaks the format: sizes, shapes, holes, overlaps, repeated names, limits.
    public static func read(fileAt url: URL) throws(CheckpointError) -> SafetensorsHeader {
        let file = try CheckpointFile(opening: url)
        guard file.byteCount >= 8 else {
            throw .truncated(file: file.name, promised: 8, found: file.byteCount)
        }
        var length: UInt64 = 0
        for byte in try file.read(0..<8).reversed() { length = length << 8 | UInt64(byte) }
        guard length <= UInt64(headerBytesMax) else {
            throw .malformedHeader(
                file: file.name,
                reason: "its header claims \(length) bytes and at most \(headerBytesMax) are read"
            )
        }
        let dataOffset = 8 + Int(length)
        guard dataOffset <= file.byteCount else {
            throw .truncated(file: file.name, promised: dataOffset, found: file.byteCount)
        }
        return try parse(
            text: try file.read(8..<dataOffset),
            file: file.name,
            fileByteCount: file.byteCount
        )
    }

    /// Checks a header's text.
    ///
    /// - Parameters:
    ///   - text: the JSON text without the eight bytes of its length.
    ///   - file: the file's name, for errors and references.
    ///   - fileByteCount: the size of the whole file.
    /// - Returns: the header with its tensors sorted by name.
    /// - Throws: as `read(fileAt:)`.
    public static func parse(
        text: [UInt8],
        file: String,
        fileByteCount: Int
    ) throws(CheckpointError) -> SafetensorsHeader {
        guard text.first == UInt8(ascii: "{"),
            case .object(var members) = try JSONValue.parse(text, file: file)
        else { throw .malformedHeader(file: file, reason: "its header does not begin with '{'") }
        let metadata = try metadata(members.removeValue(forKey: "__metadata__"), file: file)
        guard members.count <= tensorsMax else {
            throw .malformedHeader(
                file: file,
                reason: "\(members.count) tensors are more than \(tensorsMax)"
            )
        }
        let dataOffset = 8 + text.count
        var tensors: [TensorReference] = []
        tensors.reserveCapacity(members.count)
        for (name, entry) in members.sorted(by: { $0.key.precedesBytewise($1.key) }) {
            tensors.append(
                try reference(name: name, entry: entry, file: file, dataOffset: dataOffset)
            )
        }
        try checkCoverage(
            tensors,
            dataOffset: dataOffset,
            file: file,
            fileByteCount: fileByteCount
        )
        return SafetensorsHeader(
            tensors: tensors,
            metadata: metadata,
            dataOffset: dataOffset,
            fileByteCount: fileByteCount
        )
    }

    private static func metadata(
        _ value: JSONValue?,
        file: String
    ) throws(CheckpointError) -> [String: String] {
        guard let value else { return [:] }
        guard case .object(let members) = value else {
            throw .malformedHeader(file: file, reason: "__metadata__ is \(value.kind)")
        }
        var texts: [String: String] = [:]
        for (key, member) in members {
            guard case .string(let text) = member else {
                throw .malformedHeader(
                    file: file,
                    reason: "__metadata__ holds \(member.kind) and only strings are "
                        + "allowed"
                )
            }
            texts[key] = text
        }
        return texts
    }

    /// No holes, no overlaps, and nothing before or behind the tensors.
    private static func checkCoverage(
        _ tensors: [TensorReference],
        dataOffset: Int,
        file: String,
        fileByteCount: Int
    ) throws(CheckpointError) {
        var end = dataOffset
        let inOrder = tensors.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound)
                < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        for tensor in inOrder {
            guard tensor.byteRange.lowerBound == end else {
                let what = tensor.byteRange.lowerBound < end ? "overlaps" : "leaves a hole after"
                throw .malformedTensor(
                    file: file,
                    tensor: tensor.name,
                    reason: "it \(what) the tensor before it in the data"
                )
            }
            end = tensor.byteRange.upperBound
        }
        guard fileByteCount >= end else {
            throw .truncated(file: file, promised: end, found: fileByteCount)
        }
        guard fileByteCount == end else {
            throw .malformedHeader(
                file: file,
                reason: "the header promises \(end) bytes, the file has \(fileByteCount)"
            )
        }
    }
}
