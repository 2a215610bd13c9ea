import Foundation
import Linalg

/// The machine on which numbers were measured, and when.
struct Machine: Codable, Sendable {
    let processor: String
    let cores: Int
    /// The core type that OpenBLAS chose its kernels for, and its version.
    let openBLAS: String
    let date: String

    /// The machine at hand, now.
    static func present() -> Machine {
        Machine(
            processor: processorName(), cores: ProcessInfo.processInfo.activeProcessorCount,
            openBLAS: coreName(), date: Date.now.formatted(.iso8601))
    }

    /// One line for the head of a table.
    var line: String { "\(processor), \(cores) cores, \(openBLAS), \(date)" }

    private static func processorName() -> String {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
            return "unknown processor"
        }
        for line in text.split(separator: "\n") where line.hasPrefix("model name") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return "unknown processor"
    }
}
