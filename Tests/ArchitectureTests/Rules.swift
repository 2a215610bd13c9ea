/// A place where the sources break the plan.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    /// Counted from 1.
    let line: Int
    let message: String

    var description: String { "Sources/\(path):\(line): \(message)" }
}

/// The rules that a test can see by reading: each takes files and returns what breaks it.
enum Rules {
    static let fileLinesMax = 400
    static let functionLinesMax = 70
    static let columnsMax = 100

    /// Imports that the table of floors does not list.
    static func imports(_ file: SourceFile) -> [Violation] {
        eachLine(of: file) { line in
            guard let module = importedModule(line),
                !Floors.allows(file.target, toImport: module)
            else { return nil }
            return "\(file.target) may not import \(module); see ArchitectureTests/Floors.swift"
        }
    }

    /// Files, functions and lines that are too long.
    static func sizes(_ file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        let lines = file.lines
        let count = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        if count > fileLinesMax {
            found.append(violation(file, count, "the file has \(count) lines of \(fileLinesMax)"))
        }
        for (index, line) in lines.enumerated() where line.count > columnsMax {
            let message = "the line has \(line.count) columns of \(columnsMax)"
            found.append(violation(file, index + 1, message))
        }
        for function in FunctionScanner(file.mask).functions
        where function.lineCount > functionLinesMax {
            let message = "\(function.name) has \(function.lineCount) lines of \(functionLinesMax)"
            found.append(violation(file, function.firstLine, message))
        }
        return found
    }

    /// `unsafe` and `@unchecked` outside the fence.
    static func unsafety(_ file: SourceFile) -> [Violation] {
        let isInside = Floors.unsafeFence.contains { part in
            part.hasSuffix("/") ? file.path.hasPrefix(part) : file.path == part
        }
        guard !isInside else { return [] }
        return eachLine(of: file) { line in
            if has("unsafe", in: line) { return "`unsafe` stands outside the fence" }
            return line.contains("@unchecked") ? "`@unchecked` stands outside the fence" : nil
        }
    }

    /// Words that must not be left in the sources.
    static func leftovers(_ file: SourceFile) -> [Violation] {
        let inCode = eachLine(of: file) { line in
            if has("fatalError", in: line) { return "`fatalError` is left: throw, or precondition" }
            if line.contains("try!") { return "`try!` is left: throw" }
            guard file.target != "CLI", calls("print", in: line) else { return nil }
            return "`print(` is left: only the CLI speaks to people"
        }
        return inCode + unfinished(file)
    }

    /// Marks of unfinished work, in comments too.
    static func unfinished(_ file: SourceFile) -> [Violation] {
        file.lines.enumerated().compactMap { index, line in
            has("TODO", in: line)
                ? violation(file, index + 1, "a mark of unfinished work is left: do it or file it")
                : nil
        }
    }

    /// Task kinds, architectures and methods that their catalogue does not name.
    static func catalogues(_ tree: SourceTree) -> [Violation] {
        var found: [Violation] = []
        for file in tree.swiftFiles where !file.name.hasSuffix("Catalogue.swift") {
            guard let thing = cataloguedThing(file) else { continue }
            let lists = tree.swiftFiles.filter {
                $0.target == file.target && $0.name.hasSuffix("Catalogue.swift")
            }
            let names = lists.contains { list in list.lines.contains { has(thing, in: $0) } }
            if !names {
                found.append(violation(file, 1, "no line of the catalogue names \(thing)"))
            }
        }
        return found
    }

    /// What the catalogue must name because of `file`; nil when nothing.
    private static func cataloguedThing(_ file: SourceFile) -> String? {
        let parts = file.path.split(separator: "/").map(String.init)
        let stem = String(file.name.dropLast(".swift".count).prefix { $0 != "+" })
        switch file.target {
        case "Tasks": return file.name.hasSuffix("Task.swift") ? stem : nil
        case "Models": return parts.dropFirst().first == "Architectures" ? stem : nil
        case "Methods": return parts.count > 2 && parts[1] != "Shared" ? parts[1] : nil
        default: return nil
        }
    }

    // MARK: Reading lines

    private static func violation(_ file: SourceFile, _ line: Int, _ message: String) -> Violation {
        Violation(path: file.path, line: line, message: message)
    }

    private static func eachLine(
        of file: SourceFile, _ judge: (Substring) -> String?
    ) -> [Violation] {
        file.code.enumerated().compactMap { index, line in
            judge(line).map { violation(file, index + 1, $0) }
        }
    }

    /// The module that a line of code imports: `public import struct A.B` gives `A`.
    static func importedModule(_ line: Substring) -> String? {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ";" })
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
            words[..<index].allSatisfy({ isImportModifier($0) })
        else { return nil }
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
        ]
        let path = kinds.contains(words[index + 1]) ? words.dropFirst(index + 2).first : nil
        return (path ?? words[index + 1]).split(separator: ".").first.map(String.init)
    }

    private static func isImportModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@")
            || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }

    /// Whether `word` stands in `line` by itself, not as a part of a longer word.
    static func has(_ word: String, in line: Substring) -> Bool {
        !places(of: word, in: line).isEmpty
    }

    /// Whether `line` calls the free function `name`.
    static func calls(_ name: String, in line: Substring) -> Bool {
        places(of: name, in: line).contains { range in
            let before = line[..<range.lowerBound].last
            let after = line[range.upperBound...].first { $0 != " " }
            return before != "." && after == "("
        }
    }

    private static func places(of word: String, in line: Substring) -> [Range<Substring.Index>] {
        func isPart(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        }
        return line.ranges(of: word).filter { range in
            !isPart(line[..<range.lowerBound].last) && !isPart(line[range.upperBound...].first)
        }
    }
}
