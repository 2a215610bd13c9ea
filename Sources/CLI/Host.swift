import Foundation

/// Facts about the machine that this process runs on.
enum Host {
    /// Equal for processes of one running machine that see the same disk: they can read each
    /// other's folders. SPOKESHAVE_HOST overrides it, e.g. for containers that share a kernel and a
    /// host name but no disk.
    static let identity: String = {
        if let named = ProcessInfo.processInfo.environment["SPOKESHAVE_HOST"], !named.isEmpty {
            return named
        }
        let boot = try? String(
            contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let name = ProcessInfo.processInfo.hostName
        return name + "/" + (boot ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    /// This program's file.
    static let executable: URL = {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: link ?? CommandLine.arguments[0])
    }()

    /// Memory of the machine in bytes.
    static var memoryBytes: Int { Int(ProcessInfo.processInfo.physicalMemory) }

    /// Where jobs live when nothing else is said.
    static var defaultDataFolder: URL {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["SPOKESHAVE_DATA_DIR"] { return URL(filePath: path) }
        if let path = environment["XDG_CACHE_HOME"] {
            return URL(filePath: path).appendingPathComponent("spokeshave")
        }
        return URL(filePath: NSHomeDirectory()).appendingPathComponent(".cache/spokeshave")
    }

    /// Reads `512MiB`, `8GiB`, `2G` or a plain number of bytes.
    static func bytes(_ text: String) -> Int? {
        let units: [(String, Int)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
            ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40), ("B", 1), ("", 1),
        ]
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number > 0,
                number * Double(factor) < 1e18
            else { continue }
            return Int(number * Double(factor))
        }
        return nil
    }
}
