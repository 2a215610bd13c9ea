import Domain
import Foundation

/// A folder that is written beside its goal, synced, and then renamed: complete, or absent.
struct StagedFolder {
    /// Where it will be.
    let goal: URL
    /// Where it is until then.
    let place: URL

    /// Refuses a folder that holds something.
    static func check(_ folder: URL) throws {
        let manager = FileManager.default
        guard manager.fileExists(atPath: folder.path) else { return }
        // A file instead of a folder cannot be listed, and counts as something.
        let contents = (try? manager.contentsOfDirectory(atPath: folder.path)) ?? ["?"]
        guard contents.isEmpty else {
            throw CommandFailure(
                .output,
                "\(folder.path) exists and is not empty: choose another --out, or remove it.")
        }
    }

    /// Lets `body` write into a folder that then becomes `goal`; nothing is left when it throws.
    static func write(_ goal: URL, _ body: (StagedFolder) throws -> Void) throws {
        try check(goal)
        let manager = FileManager.default
        let parent = goal.standardizedFileURL.deletingLastPathComponent()
        let place = parent.appendingPathComponent(
            ".\(goal.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
        let staged = StagedFolder(goal: goal, place: place)
        do {
            staged.removeThoseOfDeadProcesses(in: parent)
            try manager.createDirectory(at: place, withIntermediateDirectories: true)
            try body(staged)
            // Only an empty folder may be replaced: somebody may have put something there.
            try check(goal)
            try? manager.removeItem(at: goal)
            try manager.moveItem(at: place, to: goal)
        } catch {
            try? manager.removeItem(at: place)
            throw staged.explained(error)
        }
    }

    /// Writes a file piece by piece, and syncs it.
    ///
    /// - Parameters:
    ///   - folder: a folder below this one, with a slash, or nothing.
    ///   - fill: gives the pieces.
    func file(
        _ name: String, in folder: String = "",
        _ fill: (_ append: ([UInt8]) throws -> Void) throws -> Void
    ) throws {
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
            throw CommandFailure(.badInput, "“\(name)” is no name of a model's file.")
        }
        let manager = FileManager.default
        let below = place.appendingPathComponent(folder)
        try manager.createDirectory(at: below, withIntermediateDirectories: true)
        let file = below.appendingPathComponent(name)
        guard manager.createFile(atPath: file.path, contents: nil) else {
            throw CommandFailure(.output, "\(file.path) cannot be written.")
        }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        try fill { try handle.write(contentsOf: $0) }
        try handle.synchronize()
    }

    /// A process that was killed while writing left its folder behind.
    private func removeThoseOfDeadProcesses(in parent: URL) {
        let manager = FileManager.default
        let prefix = ".\(goal.lastPathComponent)."
        let names = (try? manager.contentsOfDirectory(atPath: parent.path)) ?? []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            guard let process = Int32(name.dropFirst(prefix.count).dropLast(4)),
                !manager.fileExists(atPath: "/proc/\(process)")
            else { continue }
            try? manager.removeItem(at: parent.appendingPathComponent(name))
        }
    }

    private func explained(_ error: any Error) -> any Error {
        let code = (error as NSError).code
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        let isFull =
            code == CocoaError.fileWriteOutOfSpace.rawValue || code == Int(ENOSPC)
            || underlying?.code == Int(ENOSPC)
        guard isFull else { return error }
        return CommandFailure(
            .output,
            "There is no room to write \(goal.path); nothing was left behind. Make room and "
                + "run the same command again: everything else is kept.")
    }
}
