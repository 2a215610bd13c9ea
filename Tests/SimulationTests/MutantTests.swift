import Foundation
import Testing

/// The planted bugs beside these tests; `scripts/check-mutants` shows that each is noticed.
@Suite struct `The mutants` {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Mutants")
    private static let root = folder.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static var patches: [URL] {
        let all = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        return (all ?? []).filter { $0.pathExtension == "patch" }.sorted { $0.path < $1.path }
    }

    @Test func `are at least twelve`() {
        #expect(Self.patches.count >= 12)
    }

    /// A patch whose place has changed must be made anew, or nobody would notice that the
    /// simulation is not tested any more.
    @Test(arguments: patches) func `still apply`(patch: URL) throws {
        let lines = try String(contentsOf: patch, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix("broken: "), "the first line says what is broken")
        #expect(lines[1].hasPrefix("noticed by: "), "the second line says what should notice")
        var file: [String] = []
        var hunk: [String] = []
        func close() {
            let old = hunk.filter { !$0.hasPrefix("+") }.map { String($0.dropFirst()) }
            let isThere = file.indices.contains { file[$0...].starts(with: old) }
            #expect(hunk.isEmpty || isThere, "this is not there: \(old.first ?? "")")
            hunk = []
        }
        var isInHunk = false
        for line in lines.dropFirst(2) {
            if line.hasPrefix("--- ") {
                close()
                let path = Self.root.appendingPathComponent(String(line.dropFirst("--- a/".count)))
                file = try String(contentsOf: path, encoding: .utf8)
                    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                isInHunk = false
            } else if line.hasPrefix("@@") {
                close()
                isInHunk = true
            } else if isInHunk, !line.isEmpty {
                hunk.append(line)
            }
        }
        close()
    }
}
