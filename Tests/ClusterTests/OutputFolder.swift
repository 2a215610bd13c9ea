import Foundation
import Testing

/// A checkpoint that a command wrote: the bytes of its files, and its report.
struct OutputFolder: Sendable {
    static let reportName = "spokeshave-report.json"
    /// All files but the report.
    let files: [String: Data]
    let report: Facts

    init(_ path: String) throws {
        let folder = URL(filePath: path)
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
        }
        let text = try #require(files[Self.reportName])
        files[Self.reportName] = nil
        self.files = files
        report = try Facts(String(decoding: text, as: UTF8.self))
    }

    /// Expects the same files to the byte, and the same report but for what was measured.
    func expectEqual(_ other: OutputFolder) {
        #expect(files.keys.sorted() == other.files.keys.sorted())
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            #expect(bytes == other.files[name], "\(name) differs")
        }
        #expect(report["measured"].keys.isEmpty == false)
        let isEqual = report.without("measured") == other.report.without("measured")
        #expect(isEqual, "the reports differ beyond what was measured")
    }

    /// Tasks of a stage: all of them, and those that an earlier run had computed.
    struct Count: Sendable {
        let total: Int
        let cached: Int
    }

    /// The report's stages by name.
    var stages: [String: Count] {
        var counts: [String: Count] = [:]
        for stage in report["measured"]["stages"].list {
            guard let name = stage["name"].text, let total = stage["total"].integer,
                let cached = stage["cached"].integer
            else { continue }
            counts[name] = Count(total: total, cached: cached)
        }
        return counts
    }

    /// Expects that nothing was computed for this checkpoint.
    func expectAllFromCache() {
        #expect(!stages.isEmpty)
        for (name, count) in stages.sorted(by: { $0.key < $1.key }) {
            #expect(count.cached == count.total, "\(name) was computed again")
        }
        #expect(report["measured"]["recomputedTasks"].integer == 0)
    }

    /// What `compress --workers 1` makes of ``Example/longRecipe``, computed once.
    static func reference() async throws -> OutputFolder { try await made.value }

    private static let made = Task {
        try await Workbench.with { bench in
            let recipe = try bench.write(Example.longRecipe, as: "recipe.yaml")
            _ = try await Program.succeed(
                [
                    "compress", Example.model, "--recipe", recipe, "--out", bench.path("out"),
                    "--workers", "1", "--data-dir", bench.path("data"), "--quiet",
                ], on: bench, within: 120)
            return try OutputFolder(bench.path("out"))
        }
    }
}
