import Domain
import Foundation

/// A worker's name for ever, and the number of this start of its process.
struct WorkerIdentity: Sendable {
    let id: WorkerID
    let incarnation: UInt64

    /// Reads the identity from `folder`, or makes one; the incarnation grows with each start.
    ///
    /// - Parameters:
    ///   - folder: the worker's data folder.
    ///   - name: what a certificate calls it; nil for the name kept there, or a new one.
    ///   - draw: random bits for a new name.
    init(in folder: URL, named name: String? = nil, drawing draw: () -> UInt64) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("worker.json")
        var stored = Stored(
            name: "w-" + String(draw(), radix: 36).suffix(8), incarnation: 0)
        if FileManager.default.fileExists(atPath: file.path) {
            guard let data = try? Data(contentsOf: file), data.count < 65_536,
                let found = try? CanonicalJSON.decode(Stored.self, from: data),
                !found.name.isEmpty, found.name.utf8.count <= 64
            else { throw WorkerError.badIdentity(path: file.path) }
            stored = found
        }
        if let name { stored.name = name }
        stored.incarnation += 1
        try Data(CanonicalJSON.encode(stored)).write(to: file, options: .atomic)
        id = WorkerID(stored.name)
        incarnation = stored.incarnation
    }

    private struct Stored: Codable {
        var name: String
        var incarnation: UInt64
    }
}
