import Testing

/// Each rule is seen to fail, so that a silent rule means a clean tree.
@Suite struct `Each rule` {
    private func file(_ path: String, _ text: String) -> SourceFile {
        SourceFile(path: path, text: text)
    }

    // MARK: Imports

    @Test(arguments: [
        "import Blobs", "public import Ledger", "@preconcurrency import GRDB", "import Glibc",
        "internal import struct Crypto.SHA256", "import Testing",
    ])
    func `refuses an import that is not in the table`(line: String) {
        let text = "import Foundation\n\(line)\n"
        #expect(Rules.imports(file("Scheduling/A.swift", text)).map(\.line) == [2])
    }

    @Test(arguments: [
        "import Domain", "public import Domain", "import Foundation", "import Synchronization",
        "// import GRDB", "let text = \"import GRDB\"", "important(import: GRDB)",
    ])
    func `lets an import pass that is in the table`(line: String) {
        #expect(Rules.imports(file("Scheduling/A.swift", line)).isEmpty)
    }

    @Test func `keeps each package to its own targets`() {
        #expect(Rules.imports(file("Ledger/A.swift", "import GRDB")).isEmpty)
        #expect(Rules.imports(file("Coordinator/A.swift", "import GRDB")).count == 1)
        #expect(Rules.imports(file("Coordinator/A.swift", "import Linalg")).count == 1)
        #expect(Rules.imports(file("Worker/A.swift", "import Ledger")).count == 1)
        #expect(Rules.imports(file("Methods/A.swift", "import Models")).count == 1)
    }

    // MARK: Sizes

    @Test func `passes 400 lines and refuses 401`() {
        func found(_ lines: Int) -> [Violation] {
            let text = String(repeating: "let a = 1\n", count: lines)
            return Rules.sizes(file("Domain/A.swift", text))
        }
        #expect(found(400).isEmpty)
        #expect(found(401).map(\.message) == ["the file has 401 lines of 400"])
    }

    @Test func `passes 100 columns and refuses 101`() {
        func found(_ columns: Int) -> [Violation] {
            let text = "\n" + String(repeating: "é", count: columns) + "\n"
            return Rules.sizes(file("Domain/A.swift", text))
        }
        #expect(found(100).isEmpty)
        #expect(found(101).map(\.line) == [2])
    }

    // MARK: Unsafety

    @Test(arguments: [
        "unsafe pointer.move()", "nonisolated(unsafe) var x = 1", "@unsafe struct S {}",
        "final class C: @unchecked Sendable {}",
    ])
    func `refuses unsafe code outside the fence`(line: String) {
        #expect(Rules.unsafety(file("Tasks/A.swift", line)).count == 1)
        #expect(Rules.unsafety(file("Blobs/BlobStore.swift", line)).count == 1)
        #expect(Rules.unsafety(file("Worker/Worker.swift", line)).count == 1)
        #expect(Rules.unsafety(file("Linalg/Memory/Matrix.swift", line)).isEmpty)
        #expect(Rules.unsafety(file("Blobs/MappedBlob.swift", line)).isEmpty)
        #expect(Rules.unsafety(file("Messaging/Message.swift", line)).isEmpty)
        #expect(Rules.unsafety(file("Worker/Threads/ThreadCrew.swift", line)).isEmpty)
    }

    @Test(arguments: ["// unsafe", "say(\"unsafe\")", "let unsafeties = 0", "@safe struct S {}"])
    func `lets the mere word pass`(line: String) {
        #expect(Rules.unsafety(file("Tasks/A.swift", line)).isEmpty)
    }

    // MARK: Leftovers

    @Test(arguments: [
        "fatalError(\"no\")", "let a = try! read()", "print(a)", "  print (a)", "// TODO: later",
        "Swift.fatalError()",
    ])
    func `refuses what must not be left`(line: String) {
        #expect(Rules.leftovers(file("Tasks/A.swift", line)).count == 1)
    }

    @Test(arguments: [
        "log.print(a)", "let fingerprint = print2(a)", "// print(a) is for the CLI", "TODOLIST",
        "say(\"try! again\")", "func sprint() {}",
    ])
    func `lets what only looks like it pass`(line: String) {
        #expect(Rules.leftovers(file("Tasks/A.swift", line)).isEmpty)
    }

    @Test func `lets the CLI print`() {
        #expect(Rules.leftovers(file("CLI/A.swift", "print(a)")).isEmpty)
        #expect(Rules.leftovers(file("CLI/A.swift", "fatalError()")).count == 1)
    }

    @Test func `refuses unfinished work in C`() {
        #expect(Rules.unfinished(file("CKernels/a.c", "/* TODO */")).count == 1)
    }

    // MARK: Catalogues

    @Test(arguments: [
        ("Tasks/EmbedTokensTask.swift", "Tasks/Catalogue.swift", "EmbedTokensTask()"),
        ("Models/Architectures/Llama.swift", "Models/ArchitectureCatalogue.swift", "Llama.self"),
        ("Models/Architectures/Llama+Rotary.swift", "Models/Catalogue.swift", "Llama.self"),
        ("Methods/GPTQ/Sweep.swift", "Methods/Catalogue.swift", "(folder: \"GPTQ\")"),
    ])
    func `refuses what its catalogue does not name`(path: String, list: String, line: String) {
        let thing = file(path, "")
        #expect(Rules.catalogues(SourceTree([thing])).count == 1)
        #expect(Rules.catalogues(SourceTree([thing, file(list, "let other = 1")])).count == 1)
        #expect(Rules.catalogues(SourceTree([thing, file(list, "\(line),")])).isEmpty)
    }

    @Test(arguments: [
        "Tasks/TaskContext.swift", "Methods/Shared/Masks.swift", "Methods/MethodError.swift",
        "Models/Parts/Attention.swift",
    ])
    func `asks no catalogue line for what is shared`(path: String) {
        #expect(Rules.catalogues(SourceTree([file(path, "")])).isEmpty)
    }

    // MARK: The table itself

    @Test func `reads dependencies out of a manifest`() {
        let manifest = """
            let package = Package(targets: [
                floor("A", ["B", product("X", "x")]),
                floor(
                    "B",
                    [
                        "C",
                    ]),
                .target(name: "C"),
            ])
            """
        let reader = ManifestReader(manifest)
        #expect(reader.dependencies(of: "A") == ["B", "X", "x"])
        #expect(reader.dependencies(of: "B") == ["C"])
        #expect(reader.dependencies(of: "C") == [])
        #expect(reader.dependencies(of: "D") == nil)
    }
}
