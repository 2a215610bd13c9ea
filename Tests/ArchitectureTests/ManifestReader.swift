/// Reads from the text of `Package.swift` which names a target depends on: enough to compare it
/// with the table of floors, without running the package manager.
struct ManifestReader {
    private let text: Substring

    /// Reads `manifest`, the text of a `Package.swift`.
    init(_ manifest: String) {
        let targets = manifest.firstRange(of: "targets: [\n")
        text = targets.map { manifest[$0.upperBound...] } ?? manifest[...]
    }

    /// The quoted names in the first list after the target's own name; nil for no such target.
    func dependencies(of target: String) -> Set<String>? {
        let names = text.ranges(of: "\"\(target)\"")
        guard let name = names.first(where: { declares(text[..<$0.lowerBound]) }) else {
            return nil
        }
        // A target may be declared without dependencies: its declaration ends before any list.
        var rest = text[name.upperBound...]
        guard let start = rest.firstIndex(where: { $0 == "[" || $0 == ")" }) else { return nil }
        guard rest[start] == "[" else { return [] }
        rest = rest[start...]
        var depth = 0
        for index in rest.indices {
            if rest[index] == "[" { depth += 1 }
            if rest[index] == "]" { depth -= 1 }
            if depth == 0 { return quoted(in: rest[..<index]) }
        }
        return nil
    }

    /// Whether a name after `before` is declared there, not merely depended upon.
    private func declares(_ before: Substring) -> Bool {
        guard let last = before.lastIndex(where: { !$0.isWhitespace }) else { return false }
        return before[...last].hasSuffix("floor(") || before[...last].hasSuffix("name:")
    }

    private func quoted(in list: Substring) -> Set<String> {
        let parts = list.split(separator: "\"", omittingEmptySubsequences: false)
        return Set(parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) })
    }
}
