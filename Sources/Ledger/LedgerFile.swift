import Foundation

/// What is done with files beside SQLite's own calls.
enum LedgerFile {
    /// The file's length; 0 when there is none.
    static func byteCount(of path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func removeIfThere(_ path: String) throws {
        if exists(path) { try FileManager.default.removeItem(atPath: path) }
    }

    /// Syncs the file at `temporary`, gives it the name `path` and syncs the folder.
    static func makeDurable(_ temporary: String, as path: String) throws {
        try sync(temporary)
        // A plain rename as long as nothing has that name.
        try FileManager.default.moveItem(atPath: temporary, toPath: path)
        try syncFolder(of: path)
    }

    static func syncFolder(of path: String) throws {
        try sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Makes the folder and its missing parents, so that their names outlast a power cut.
    static func makeFolder(_ path: String) throws {
        let folder = URL(fileURLWithPath: path).standardizedFileURL.path
        guard folder != "/", !exists(folder) else { return }
        let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        try makeFolder(parent)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        // A parent of somebody else may not be ours to sync; what is in it then lasts as long as
        // its own name does.
        try? sync(parent)
    }

    /// Syncs a file or a folder.
    private static func sync(_ path: String) throws {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        try handle.synchronize()
        try handle.close()
    }
}
