public import Foundation
public import Linalg

/// A GGUF file on disk: its checked header, and its tensors by rows.
public struct GGUFFile: Sendable, Hashable {
    /// Where the file is.
    public let url: URL
    /// Metadata and tensors.
    public let header: GGUFHeader
    private let byName: [String: TensorReference]

    /// Opens a file and checks its header, never the weights.
    ///
    /// - Throws: as ``GGUFHeader/read(fileAt:)``.
    public static func open(at url: URL) throws(CheckpointError) -> GGUFFile {
        GGUFFile(url: url, header: try GGUFHeader.read(fileAt: url))
    }

    private init(url: URL, header: GGUFHeader) {
        self.url = url
        self.header = header
        byName = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
    }

    /// The tensor of that name; nil when there is none.
    public func tensor(_ name: String) -> TensorReference? { byName[name] }

    /// The stored bytes of a tensor of this file, all of them or those of some rows.
    ///
    /// - Parameters:
    ///   - tensor: one of the header's tensors.
    ///   - rows: which rows, counted through all outer extents; nil, the default, for all.
    /// - Returns: the bytes, little-endian.
    /// - Throws: `CheckpointError` when the file cannot be read, or became shorter.
    public func bytes(
        of tensor: TensorReference, rows: Range<Int>? = nil
    ) throws(CheckpointError) -> [UInt8] {
        precondition(byName[tensor.name] == tensor)
        let file = try CheckpointFile(opening: url)
        guard tensor.byteRange.upperBound <= file.byteCount else {
            throw .truncated(
                file: file.name, promised: tensor.byteRange.upperBound, found: file.byteCount)
        }
        guard let rows else { return try file.read(tensor.byteRange) }
        precondition(rows.lowerBound >= 0 && rows.upperBound <= tensor.rowCount)
        let rowBytes = tensor.rowCount == 0 ? 0 : tensor.byteRange.count / tensor.rowCount
        let start = tensor.byteRange.lowerBound
        return try file.read(
            start + rows.lowerBound * rowBytes..<start + rows.upperBound * rowBytes)
    }

    /// Rows of a tensor of this file as Float32, rows × inner extent.
    ///
    /// - Parameters:
    ///   - tensor: one of the header's tensors.
    ///   - rows: which rows, counted through all outer extents; nil, the default, for all.
    /// - Returns: a matrix of its own memory.
    /// - Throws: `CheckpointError` as `bytes(of:rows:)`, and for a type that cannot be converted.
    public func matrix(
        of tensor: TensorReference, rows: Range<Int>? = nil
    ) throws(CheckpointError) -> Matrix {
        let bytes = try bytes(of: tensor, rows: rows)
        let (count, columns) = (rows?.count ?? tensor.rowCount, tensor.shape.last ?? 1)
        guard let type = GGUFTensorType(rawValue: tensor.elementType) else {
            preconditionFailure("a header holds known types only")
        }
        if let plain = type.elementType {
            return Matrix(rows: count, columns: columns, decoding: bytes, as: plain)
        }
        guard let format = type.blockFormat else {
            throw .malformedTensor(
                file: tensor.file, tensor: tensor.name,
                reason: "its type \(type.rawValue) cannot be converted to Float32 here")
        }
        return Matrix(rows: count, columns: columns, decoding: bytes, as: format)
    }
}

extension TensorReference {
    /// The number of rows, counted through all outer extents; 1 for a vector or a scalar.
    fileprivate var rowCount: Int { shape.dropLast().reduce(1, *) }
}
