public import Foundation

extension GGUFWriter {
    /// Writes a file under a temporary name, syncs it, and renames it: it is complete, or absent.
    ///
    /// - Parameters:
    ///   - layout: what it will hold.
    ///   - url: the file, which must not exist yet.
    ///   - body: appends the bytes of every tensor in the layout's order.
    /// - Throws: `CheckpointError.unwritable` when the file exists or the disk refuses,
    ///   `CheckpointError.invalidGGUF` when `body` has not written everything, and what `body`
    ///   throws; nothing is left behind then.
    public static func write(
        _ layout: GGUFLayout, to url: URL,
        _ body: (inout GGUFWriter) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        let manager = FileManager.default
        let process = ProcessInfo.processInfo.processIdentifier
        let temporary = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).\(process).tmp")
        guard !manager.fileExists(atPath: url.path) else {
            throw .unwritable(
                file: url.path, reason: "it exists; choose another name or remove it")
        }
        guard manager.createFile(atPath: temporary.path, contents: nil) else {
            throw .unwritable(
                file: url.path, reason: "its folder is missing or gives no permission")
        }
        do {
            try fill(temporary, layout, body)
            try manager.moveItem(at: temporary, to: url)
        } catch {
            try? manager.removeItem(at: temporary)
            if let error = error as? CheckpointError { throw error }
            throw .unwritable(file: url.path, reason: error.localizedDescription)
        }
    }

    private static func fill(
        _ file: URL, _ layout: GGUFLayout,
        _ body: (inout GGUFWriter) throws(CheckpointError) -> Void
    ) throws {
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        let name = file.lastPathComponent
        var writer = try GGUFWriter(layout) { (bytes) throws(CheckpointError) in
            do { try handle.write(contentsOf: bytes) } catch {
                throw CheckpointError.unwritable(
                    file: name, reason: "\(error.localizedDescription); is the disk full?")
            }
        }
        try body(&writer)
        try writer.finish()
        try handle.synchronize()
    }
}
