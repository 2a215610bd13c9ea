/// A function, initialiser, subscript or computed property as it stands in a file.
struct FunctionExtent: Equatable {
    /// `func`, `init`, `deinit`, `subscript` or `var`, and the name when there is one.
    let name: String
    /// The line of the keyword, counted from 1.
    let firstLine: Int
    /// The line of the closing brace.
    let lastLine: Int

    /// From the keyword's line to the closing brace's, both counted.
    var lineCount: Int { lastLine - firstLine + 1 }
}

/// Finds all functions of a file by matching braces in its code.
struct FunctionScanner {
    private enum Token: Equatable {
        case word(String)
        case symbol(UInt8)
    }

    /// Words that can only begin another declaration or a statement: a declaration that meets one
    /// of them before its brace has no body (a protocol's requirement, a stored property).
    private static let endsDeclaration: Set<String> = [
        "func", "var", "let", "init", "deinit", "subscript", "case", "static", "public", "private",
        "internal", "fileprivate", "package", "mutating", "nonmutating", "extension", "struct",
        "class", "enum", "actor", "protocol", "typealias", "associatedtype", "import", "if", "for",
        "while", "guard", "switch", "return", "do", "try", "await", "defer", "repeat", "throw",
    ]

    private let tokens: [(token: Token, line: Int)]

    /// Reads `text`, which is Swift.
    init(_ text: String) {
        self.init(SwiftMask(text))
    }

    /// Reads the code of `mask`.
    init(_ mask: SwiftMask) {
        tokens = Self.tokenize(mask.bytes)
    }

    /// The functions in the order of their first lines; nested ones too.
    var functions: [FunctionExtent] {
        tokens.indices.compactMap { index in
            guard let name = declaredName(at: index), let open = bodyStart(after: index) else {
                return nil
            }
            return FunctionExtent(
                name: name, firstLine: tokens[index].line, lastLine: tokens[closing(open)].line)
        }
    }

    private static func tokenize(_ bytes: [UInt8]) -> [(token: Token, line: Int)] {
        var tokens: [(token: Token, line: Int)] = []
        var word: [UInt8] = []
        var line = 1
        for byte in bytes + [UInt8(ascii: "\n")] {
            if isWordPart(byte) {
                word.append(byte)
                continue
            }
            if !word.isEmpty {
                tokens.append((.word(String(decoding: word, as: UTF8.self)), line))
                word.removeAll(keepingCapacity: true)
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            if byte > UInt8(ascii: " ") { tokens.append((.symbol(byte), line)) }
        }
        return tokens
    }

    private static func isWordPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "`"), 128...:
            true
        default: false
        }
    }

    private func token(_ index: Int) -> Token? {
        tokens.indices.contains(index) ? tokens[index].token : nil
    }

    /// What the keyword at `index` declares; nil when it declares no function.
    private func declaredName(at index: Int) -> String? {
        guard case .word(let keyword) = tokens[index].token else { return nil }
        switch keyword {
        case "func", "var":
            guard case .word(let name) = token(index + 1) else { return "\(keyword) operator" }
            return "\(keyword) \(name)"
        case "init", "subscript":
            // `self.init(…)` is a call, `Self.init` a reference; a declaration has no dot.
            guard token(index - 1) != .symbol(UInt8(ascii: ".")),
                case .symbol(let next) = token(index + 1), "(?!<".utf8.contains(next)
            else { return nil }
            return keyword
        case "deinit":
            return keyword
        default:
            return nil
        }
    }

    /// The index of the brace that opens the body of the declaration at `index`.
    private func bodyStart(after index: Int) -> Int? {
        let isProperty = tokens[index].token == .word("var")
        var depth = 0
        for position in (index + 1)..<tokens.count {
            switch tokens[position].token {
            case .symbol(UInt8(ascii: "(")), .symbol(UInt8(ascii: "[")): depth += 1
            case .symbol(UInt8(ascii: ")")), .symbol(UInt8(ascii: "]")):
                depth -= 1
                if depth < 0 { return nil }
            case .symbol(UInt8(ascii: "{")) where depth == 0: return position
            case .symbol(UInt8(ascii: "}")) where depth == 0: return nil
            case .symbol(UInt8(ascii: "=")) where isProperty && depth == 0: return nil
            case .word(let word) where depth == 0 && position > index + 1:
                if Self.endsDeclaration.contains(word) { return nil }
            default: break
            }
        }
        return nil
    }

    /// The index of the brace that closes the one at `open`; the last token when none does.
    private func closing(_ open: Int) -> Int {
        var depth = 0
        for position in open..<tokens.count {
            if tokens[position].token == .symbol(UInt8(ascii: "{")) { depth += 1 }
            if tokens[position].token == .symbol(UInt8(ascii: "}")) {
                depth -= 1
                if depth == 0 { return position }
            }
        }
        return tokens.count - 1
    }
}
