import Foundation

/// Disks of a few megabytes in memory, to see what happens when they are full.
enum SmallDisk {
    /// Whether this user may mount them.
    static let isPossible: Bool = {
        let folder = URL(filePath: NSTemporaryDirectory())
            .appendingPathComponent("spokeshave-disk-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try mount(folder, bytes: 1 << 20)
        } catch { return false }
        return unmount(folder)
    }()

    private struct Refused: Error {}

    static func mount(_ folder: URL, bytes: Int) throws {
        guard run(["mount", "-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", folder.path]) else {
            throw Refused()
        }
    }

    static func grow(_ folder: URL, bytes: Int) throws {
        guard run(["mount", "-o", "remount,size=\(bytes)", folder.path]) else { throw Refused() }
    }

    static func unmount(_ folder: URL) -> Bool { run(["umount", folder.path]) }

    private static func run(_ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
