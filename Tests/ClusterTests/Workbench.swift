import Foundation

/// A test's temporary folder and its processes; both are gone when the test is over.
final class Workbench {
    let folder: URL
    private var processes: [SpawnedProcess] = []
    private var mounts: [URL] = []

    private init() throws {
        folder = URL(filePath: NSTemporaryDirectory())
            .appendingPathComponent("spokeshave-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Runs a test's body on a fresh bench, and clears the bench however the body ends.
    static func with<Result>(
        _ body: (Workbench) async throws -> Result
    ) async throws -> Result {
        let bench = try Workbench()
        do {
            let result = try await body(bench)
            await bench.clear()
            return result
        } catch {
            await bench.clear()
            throw error
        }
    }

    /// A path on the bench.
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Writes a text file; its path.
    func write(_ text: String, as name: String) throws -> String {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        return path(name)
    }

    /// What lies in a folder of the bench, hidden things too, sorted.
    func contents(of name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
    }

    /// Whether something of that name lies on the bench.
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Starts the program; it is ended with the bench at the latest.
    func start(_ arguments: [String], name: String) throws -> SpawnedProcess {
        let process = try SpawnedProcess(
            arguments, folder: folder, name: "\(name)-\(processes.count)")
        processes.append(process)
        return process
    }

    /// Puts a file system of so many bytes at a folder of the bench; needs root.
    func mountSmallDisk(_ name: String, bytes: Int) throws {
        let folder = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try SmallDisk.mount(folder, bytes: bytes)
        mounts.append(folder)
    }

    /// Makes a mounted disk larger, with what is on it.
    func growSmallDisk(_ name: String, bytes: Int) throws {
        try SmallDisk.grow(folder.appendingPathComponent(name), bytes: bytes)
    }

    private func clear() async {
        for process in processes { process.kill() }
        _ = await Patience.wait(seconds: 10) { processes.allSatisfy { !$0.isRunning } }
        // Children of a killed worker may need a moment to let go of the disk.
        for folder in mounts {
            _ = await Patience.wait(seconds: 10) { SmallDisk.unmount(folder) }
        }
        try? FileManager.default.removeItem(at: folder)
    }
}
