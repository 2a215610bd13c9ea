import Foundation
import Testing

/// The sources keep to the plan of `ARCHITECTURE.md`; every message names the file and the line.
@Suite struct `The plan` {
    /// Read once for all tests.
    private static let shared = Result { try SourceTree() }
    private let tree: SourceTree

    init() throws {
        tree = try Self.shared.get()
    }

    private var written: [SourceFile] { tree.swiftFiles.filter { !$0.isGenerated } }

    private func expectNone(_ found: [Violation]) {
        for violation in found { Issue.record("\(violation)") }
    }

    @Test func `is checked against a tree that is really there`() {
        #expect(written.count > 50)
        #expect(tree.swiftFiles.contains { $0.path == "Domain/Digest.swift" })
        #expect(Set(tree.swiftFiles.map(\.target)).isSubset(of: Set(Floors.ours.keys)))
    }

    @Test func `lets a target import only what its floor allows`() {
        expectNone(tree.swiftFiles.flatMap(Rules.imports))
    }

    @Test func `keeps files, functions and lines short`() {
        expectNone(written.flatMap(Rules.sizes))
    }

    @Test func `keeps unsafe code inside the fence`() {
        expectNone(written.flatMap(Rules.unsafety))
    }

    @Test func `lists every task kind, architecture and method in its catalogue`() {
        expectNone(Rules.catalogues(tree))
    }

    @Test func `leaves no trap, no print and no unfinished work behind`() {
        expectNone(written.flatMap(Rules.leftovers) + tree.cFiles.flatMap(Rules.unfinished))
    }

    @Test func `has floors without cycles`() {
        var remaining = Floors.ours
        while !remaining.isEmpty {
            let free = remaining.filter { $0.value.isDisjoint(with: remaining.keys) }.keys
            guard !free.isEmpty else {
                Issue.record("these floors stand on each other: \(remaining.keys.sorted())")
                return
            }
            for name in free { remaining[name] = nil }
        }
    }

    @Test(arguments: Floors.ours.keys.sorted())
    func `agrees with Package.swift`(target: String) throws {
        let manifest = try String(
            contentsOf: SourceTree.package.appending(path: "Package.swift"), encoding: .utf8)
        let declared = try #require(ManifestReader(manifest).dependencies(of: target))
        let ours = declared.intersection(Floors.ours.keys)
        #expect(
            ours == Floors.ours[target], "Package.swift and Floors.swift differ about \(target)")
    }
}
