import Foundation

/// A file system in memory with little room.
enum SmallDisk {
    /// Whether this process may mount one.
    static let isPossible =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/mount") && canMount()

    static func with(mebibytes: Int, _ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        guard try run("/usr/bin/mount", mountArguments(mebibytes, folder)) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
        defer { _ = try? run("/usr/bin/umount", ["--lazy", folder.path]) }
        try body(folder)
    }

    /// Writes until nothing more fits.
    static func fill(_ file: URL) throws {
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let handle = try FileHandle(forWritingTo: file)
        for count in [65_536, 4_096, 512, 1] {
            let bytes = Data(repeating: 0, count: count)
            while (try? handle.write(contentsOf: bytes)) != nil {}
        }
        try handle.close()
    }

    private static func canMount() -> Bool {
        (try? with(mebibytes: 1) { _ in }) != nil
    }

    private static func mountArguments(_ mebibytes: Int, _ folder: URL) -> [String] {
        ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "spokeshave-test", folder.path]
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
