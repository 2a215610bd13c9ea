import Foundation
import Glibc

/// Names of files that are being written: `<process>-<unique>`.
enum TemporaryName {
    static func make() -> String {
        "\(getpid())-\(UUID().uuidString.lowercased())"
    }

    /// Whether a file of this name is being written, or was.
    static func isOne(_ name: String) -> Bool { process(of: name) != nil }

    /// Whether the process that made a file of this name is gone.
    static func isAbandoned(_ name: String) -> Bool {
        guard let process = process(of: name) else { return false }
        return kill(process, 0) != 0 && errno == ESRCH
    }

    private static func process(of name: String) -> pid_t? {
        let parts = name.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, UUID(uuidString: String(parts[1])) != nil,
            let process = pid_t(parts[0]), process > 0
        else { return nil }
        return process
    }
}
