import Foundation

/// A process of the program, with its two outputs in files.
final class SpawnedProcess {
    private let process = Process()
    private let outputFile: URL
    private let complaintFile: URL

    /// Starts the program.
    init(_ arguments: [String], folder: URL, name: String) throws {
        outputFile = folder.appendingPathComponent("\(name).out")
        complaintFile = folder.appendingPathComponent("\(name).err")
        process.executableURL = Program.executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // Neither a cluster nor a cache of the person who runs the tests may be touched.
        var environment = ProcessInfo.processInfo.environment
        environment["SPOKESHAVE_COORDINATOR"] = nil
        environment["SPOKESHAVE_DATA_DIR"] = folder.appendingPathComponent("home").path
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.open(outputFile)
        process.standardError = try Self.open(complaintFile)
        try process.run()
    }

    private static func open(_ file: URL) throws -> FileHandle {
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
    }

    var processIdentifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    /// The exit code; for a signal its number, negative.
    var exitStatus: Int32 {
        process.terminationReason == .exit
            ? process.terminationStatus : -process.terminationStatus
    }
    /// What it has written to standard output so far.
    var output: String { Self.read(outputFile) }
    /// What it has written to standard error so far.
    var complaint: String { Self.read(complaintFile) }

    private static func read(_ file: URL) -> String {
        (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }

    /// Ends it as `kill -9` does.
    func kill() {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    /// Asks it to end, as `kill` does.
    func terminate() {
        if process.isRunning { process.terminate() }
    }
}
