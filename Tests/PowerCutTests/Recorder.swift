import Foundation
import Glibc

/// Starts processes that follow an order, with or without being recorded.
struct Recorder {
    /// The preloaded library.
    let library: URL

    /// Whether there is a C compiler to make the recorder with.
    static let isPossible = compiler != nil
    private static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Compiles the recorder.
    init(in folder: URL) throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/recorder.c")
        library = folder.appendingPathComponent("recorder.so")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.compiler ?? "/usr/bin/cc")
        process.arguments = [
            "-O1", "-shared", "-fPIC", "-o", library.path, source.path, "-ldl", "-lpthread",
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw RecordingError(description: "the recorder does not compile")
        }
    }

    /// Lets a process follow `order` while it is recorded, twice if it is to be killed once.
    func record(_ order: WorkloadOrder, log: URL) throws -> [RecordedOperation] {
        var order = order
        let extra = [
            "LD_PRELOAD": library.path, "POWER_CUT_ROOT": order.folder,
            "POWER_CUT_LOG": log.path, "POWER_CUT_FAULT": order.fault ?? "",
        ]
        if order.killedBefore != nil {
            let ending = try Self.run(order, environment: extra)
            guard ending == .killed else {
                throw RecordingError(description: "the workload was not killed: \(ending)")
            }
            order.killedBefore = nil
        }
        let ending = try Self.run(order, environment: extra)
        guard ending == .finished || order.fault != nil else {
            throw RecordingError(description: "the workload failed: \(ending)")
        }
        return try RecordedOperation.read(try Data(contentsOf: log))
    }

    enum Ending: Equatable {
        case finished, killed
        case failed(String)
    }

    /// Lets a process follow `order` until it ends.
    static func run(
        _ order: WorkloadOrder, environment: [String: String] = [:]
    ) throws -> Ending {
        let output = URL(fileURLWithPath: order.folder + ".output")
        let process = try start(order, environment: environment, output: output)
        process.waitUntilExit()
        defer { try? FileManager.default.removeItem(at: output) }
        if process.terminationReason == .uncaughtSignal,
            [SIGKILL, SIGALRM].contains(process.terminationStatus)
        {
            return .killed
        }
        if process.terminationStatus == 0 { return .finished }
        let text = try String(contentsOf: output, encoding: .utf8)
        return .failed("status \(process.terminationStatus): \(text.suffix(2_000))")
    }

    /// Starts this very test program again, with the one test that follows orders.
    static func start(
        _ order: WorkloadOrder, environment: [String: String], output: URL
    ) throws -> Process {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let handle = try FileHandle(forWritingTo: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: own)
        process.arguments = [
            "--testing-library", "swift-testing", "--filter", "follows its order",
        ]
        let text = String(decoding: try JSONEncoder().encode(order), as: UTF8.self)
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }.merging([WorkloadOrder.variable: text]) { $1 }
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        try handle.close()
        return process
    }
}
