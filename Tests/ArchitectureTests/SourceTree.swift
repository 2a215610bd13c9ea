import Foundation

/// One file of `Sources/`, with what the rules need of it.
struct SourceFile {
    /// Where it is below `Sources/`: for example `Domain/Digest.swift`.
    let path: String
    /// The whole content.
    let text: String
    /// Its code; nothing for C.
    let mask: SwiftMask
    /// Its code, line by line: comments and the contents of strings blanked out.
    let code: [Substring]

    /// The file at `path` with `text` in it.
    init(path: String, text: String) {
        self.path = path
        self.text = text
        mask = SwiftMask(isSwift(path) ? text : "")
        code = mask.lines
    }

    /// The target it belongs to: the first folder of its path.
    var target: String { String(path.prefix { $0 != "/" }) }

    /// Whether a tool writes it.
    var isGenerated: Bool { path.hasPrefix("WireSchema/Generated/") }

    /// The file's name without its folders.
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// The whole content, line by line.
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
}

private func isSwift(_ path: String) -> Bool { path.hasSuffix(".swift") }

/// The files of `Sources/`.
struct SourceTree {
    /// Swift files, by path.
    let swiftFiles: [SourceFile]
    /// C sources and headers, by path.
    let cFiles: [SourceFile]

    /// The package's folder.
    static let package = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Reads the whole tree.
    init() throws {
        let folder = Self.package.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        func files(_ suffixes: [String]) throws -> [SourceFile] {
            try paths.filter { path in suffixes.contains { path.hasSuffix($0) } }.map { path in
                let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
                return SourceFile(path: path, text: text)
            }
        }
        swiftFiles = try files([".swift"])
        cFiles = try files([".c", ".h"])
    }

    /// The tree of these files alone, for tests of the rules.
    init(_ files: [SourceFile]) {
        swiftFiles = files.filter { isSwift($0.path) }
        cFiles = files.filter { !isSwift($0.path) }
    }
}
