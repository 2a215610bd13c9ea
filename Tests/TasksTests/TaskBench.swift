import Blobs
import Domain
import Foundation
import Tasks

/// A store in a folder that goes away, and tasks run in it.
final class TaskBench {
    let folder: URL
    let store: BlobStore

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("tasks-\(UUID().uuidString)")
        store = try BlobStore(root: folder)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func keep(_ bytes: [UInt8]) throws -> BlobReference {
        try store.store(bytes, synced: false)
    }

    func keep(_ floats: [Float]) throws -> BlobReference {
        try keep(
            floats.flatMap { number in
                (0..<4).map { UInt8(number.bitPattern >> (8 * $0) & 255) }
            })
    }

    func keep(_ tokens: [Int32]) throws -> BlobReference {
        try keep(
            tokens.flatMap { token in
                (0..<4).map { UInt8(truncatingIfNeeded: token >> Int32(8 * $0)) }
            })
    }

    func bytes(_ blob: BlobReference) throws -> [UInt8] {
        try store.open(blob.digest).copy(0..<blob.byteCount)
    }

    func floats(_ blob: BlobReference) throws -> [Float] {
        let bytes = try bytes(blob)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
        }
    }

    func tokens(_ blob: BlobReference) throws -> [Int32] {
        try floats(blob).map { Int32(bitPattern: $0.bitPattern) }
    }

    func run(
        _ kind: String, _ parameters: some Encodable, _ inputs: [String: BlobReference],
        _ outputs: [String]
    ) throws -> TaskResult {
        try TaskCatalogue.run(
            kind: kind, version: TaskCatalogue.names.first { $0.name == kind }?.version ?? 0, parameters: try CanonicalJSON.encode(parameters),
            inputs: inputs, outputs: outputs.map { OutputDeclaration($0, .transient) },
            store: store)
    }
}
