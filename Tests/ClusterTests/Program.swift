import Foundation
import Testing

/// The built program as a stranger runs it: by its arguments, its output and its exit code.
struct Program {
    /// What a run left behind.
    struct Outcome {
        let arguments: [String]
        /// The exit code; nil when it was ended because its time ran out.
        let status: Int32?
        let output: String
        let complaint: String

        /// Everything, for a failed expectation.
        var story: String {
            "spokeshave \(arguments.joined(separator: " ")) → "
                + "\(status.map(String.init) ?? "ended by the test")\n\(output)\n\(complaint)"
        }
    }

    /// The root of the repository.
    static let repository: URL = {
        var url = URL(filePath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url
    }()

    /// `$SPOKESHAVE`, or what `swift build` makes.
    static let executable: URL = {
        if let path = ProcessInfo.processInfo.environment["SPOKESHAVE"] {
            return URL(filePath: path)
        }
        return repository.appendingPathComponent(".build/debug/spokeshave")
    }()

    /// Runs a command to its end.
    ///
    /// When its time is over it is killed, and the outcome has no status.
    static func run(
        _ arguments: [String], on bench: Workbench, within seconds: Double = 60
    ) async throws -> Outcome {
        let process = try bench.start(arguments, name: "command")
        let ended = await Patience.wait(seconds: seconds) { !process.isRunning }
        if !ended { process.kill() }
        _ = await Patience.wait(seconds: 5) { !process.isRunning }
        return Outcome(
            arguments: arguments, status: ended ? process.exitStatus : nil,
            output: process.output, complaint: process.complaint)
    }

    /// Runs a command that must succeed; what it printed.
    static func succeed(
        _ arguments: [String], on bench: Workbench, within seconds: Double = 60
    ) async throws -> String {
        let outcome = try await run(arguments, on: bench, within: seconds)
        try #require(outcome.status == 0, "\(outcome.story)")
        return outcome.output
    }
}
