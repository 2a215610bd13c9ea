public import Foundation

/// The checked beginning of a GGUF file of version 2 or 3: metadata and where the tensors lie.
///
/// Every length, count and offset is checked before it is used; the tensors' bytes are not touched.
public struct GGUFHeader: Sendable, Hashable {
    /// The longest header that is read, in bytes.
    public static let headerBytesMax = 256 << 20
    /// The largest number of metadata keys.
    public static let keysMax = 65_536
    /// The longest metadata key, in bytes; the format's own limit.
    public static let keyBytesMax = 65_535
    /// The longest text, in bytes.
    public static let textBytesMax = 16 << 20
    /// The largest number of elements of all lists together; vocabularies have up to a million.
    public static let listElementsMax = 1 << 22
    /// The deepest nesting of lists.
    public static let listDepthMax = 4
    /// The largest number of tensors.
    public static let tensorsMax = 100_000
    /// The longest name of a tensor, in bytes; llama.cpp's own limit.
    public static let nameBytesMax = 63
    /// The largest number of extents of a shape; llama.cpp's own limit.
    public static let extentsMax = 4
    /// The alignment when no key states another.
    public static let alignmentDefault = 32
    /// The largest alignment, in bytes.
    public static let alignmentMax = 1 << 20
    /// The key that states another alignment.
    public static let alignmentKey = "general.alignment"

    /// The version of the format, 2 or 3; both are laid out alike.
    public let version: UInt32
    /// The metadata, in the file's order.
    public let metadata: GGUFMetadata
    /// The tensors in the file's order; `elementType` is the raw value of a ``GGUFTensorType``.
    public let tensors: [TensorReference]
    /// A power of two from 8 on: tensors begin at its multiples, counted from `dataOffset`.
    public let alignment: Int
    /// Where the tensors' bytes begin.
    public let dataOffset: Int
    /// The size of the whole file.
    public let fileByteCount: Int

    /// Reads and checks the header of a file.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read, is truncated, or breaks the
    ///   format or one of the limits above.
    public static func read(fileAt url: URL) throws(CheckpointError) -> GGUFHeader {
        let file = try CheckpointFile(opening: url)
        var cursor = GGUFCursor(
            file: file.name, fileByteCount: file.byteCount,
            source: { (range) throws(CheckpointError) in try file.read(range) })
        return try GGUFHeader(&cursor)
    }

    /// Checks the header of a file in memory.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - file: its name, for errors and references.
    /// - Throws: as `read(fileAt:)`.
    public init(parsing bytes: [UInt8], file: String) throws(CheckpointError) {
        var cursor = GGUFCursor(
            file: file, fileByteCount: bytes.count,
            source: { (range) throws(CheckpointError) in Array(bytes[range]) })
        try self.init(&cursor)
    }

    private init(_ cursor: inout GGUFCursor) throws(CheckpointError) {
        version = try Self.version(&cursor)
        let tensorCount = try cursor.count(of: "tensors", atMost: Self.tensorsMax)
        let keyCount = try cursor.count(of: "keys", atMost: Self.keysMax)
        metadata = try Self.metadata(keyCount, &cursor)
        alignment = try Self.alignment(metadata, cursor)
        let entries = try GGUFTensorEntry.read(tensorCount, &cursor)
        dataOffset = cursor.position.roundedUp(toMultipleOf: alignment)
        fileByteCount = cursor.fileByteCount
        tensors = try GGUFTensorEntry.place(
            entries, dataOffset: dataOffset, alignment: alignment, cursor)
    }

    private static func version(_ cursor: inout GGUFCursor) throws(CheckpointError) -> UInt32 {
        guard try cursor.take(4).elementsEqual("GGUF".utf8) else {
            throw .malformedGGUF(file: cursor.file, reason: "it does not begin with 'GGUF'")
        }
        let version = try cursor.integer(UInt32.self)
        guard version != 2, version != 3 else { return version }
        let reason =
            version & 0xFFFF == 0
            ? "it is written for big-endian machines"
            : "its version is \(version) and versions 2 and 3 are read"
        throw .malformedGGUF(file: cursor.file, reason: reason)
    }

    private static func metadata(
        _ count: Int, _ cursor: inout GGUFCursor
    ) throws(CheckpointError) -> GGUFMetadata {
        var metadata = GGUFMetadata()
        var elementsLeft = listElementsMax
        for _ in 0..<count {
            let key = try cursor.string("a key", bytesMax: keyBytesMax)
            guard !key.isEmpty, metadata[key] == nil else {
                throw cursor.malformed("the key '\(key.prefix(200))' is empty or stands twice")
            }
            let type = try cursor.valueType()
            metadata[key] = try cursor.value(type, elementsLeft: &elementsLeft)
        }
        return metadata
    }

    private static func alignment(
        _ metadata: GGUFMetadata, _ cursor: GGUFCursor
    ) throws(CheckpointError) -> Int {
        guard let value = metadata[alignmentKey] else { return alignmentDefault }
        guard case .uint32(let number) = value, isAlignment(Int(number)) else {
            throw cursor.malformed("\(alignmentKey) is no power of two from 8 to \(alignmentMax)")
        }
        return Int(number)
    }

    static func isAlignment(_ number: Int) -> Bool {
        number >= 8 && number <= alignmentMax && number.nonzeroBitCount == 1
    }
}

extension Int {
    /// The next multiple of a power of two that is at most 2^20; the number is below 2^62.
    func roundedUp(toMultipleOf alignment: Int) -> Int { (self + alignment - 1) & -alignment }
}
