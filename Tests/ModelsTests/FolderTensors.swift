import Checkpoints
import Foundation
import Linalg
import Models

/// Reads a folder's tensors from its files and notes which were asked for.
final class FolderTensors: TensorProvider {
    struct Missing: Error { let name: String }

    private let folder: HuggingFaceFolder
    private let references: [String: TensorReference]
    private(set) var names: [String] = []

    init(_ folder: HuggingFaceFolder) {
        self.folder = folder
        references = Dictionary(uniqueKeysWithValues: folder.tensors.map { ($0.name, $0) })
    }

    func matrix(named name: String) throws -> Matrix {
        try matrix(named: name, rows: nil)
    }

    func matrix(named name: String, rows: Range<Int>) throws -> Matrix {
        try matrix(named: name, rows: .some(rows))
    }

    private func matrix(named name: String, rows: Range<Int>?) throws -> Matrix {
        names.append(name)
        guard let reference = references[name],
            let type = ElementType(rawValue: reference.elementType),
            let columns = reference.shape.last
        else { throw Missing(name: name) }
        let wanted = rows ?? 0..<(reference.shape.count == 1 ? 1 : reference.shape[0])
        let rowBytes = columns * type.byteCount
        let handle = try FileHandle(
            forReadingFrom: folder.url.appendingPathComponent(reference.file)
        )
        try handle.seek(
            toOffset: UInt64(reference.byteRange.lowerBound + wanted.lowerBound * rowBytes)
        )
        let bytes = [UInt8](try handle.read(upToCount: wanted.count * rowBytes) ?? Data())
        return Matrix(
            rows: wanted.count,
            columns: columns,
            decoding: bytes.span.bytes,
            as: type
        )
    }
}
