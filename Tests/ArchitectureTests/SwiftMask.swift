/// Swift source of which only the code is left.
///
/// Comments and the contents of strings, regex literals and quoted identifiers are blanked out, so
/// that the braces and words that remain are code. Line breaks stay where they were.
struct SwiftMask {
    /// The masked source, as long in bytes as the original.
    private(set) var bytes: [UInt8]
    private var position = 0

    /// Masks `text`.
    init(_ text: String) {
        bytes = Array(text.utf8)
        maskCode(untilClosingParenthesis: false)
    }

    /// The masked source as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The masked source line by line.
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    // MARK: Walking

    private func byte(_ offset: Int = 0) -> UInt8? {
        let index = position + offset
        return bytes.indices.contains(index) ? bytes[index] : nil
    }

    private func starts(with word: StaticString) -> Bool {
        let wanted = Array("\(word)".utf8)
        return wanted.indices.allSatisfy { byte($0) == wanted[$0] }
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] != UInt8(ascii: "\n") { bytes[position] = UInt8(ascii: " ") }
            position += 1
        }
    }

    /// Masks code until its end, or until the parenthesis that closes an interpolation.
    private mutating func maskCode(untilClosingParenthesis: Bool) {
        var depth = 0
        while let next = byte() {
            switch next {
            case UInt8(ascii: "/") where starts(with: "//"): maskLineComment()
            case UInt8(ascii: "/") where starts(with: "/*"): maskBlockComment()
            case UInt8(ascii: "/") where startsRegex(): maskRegex()
            case UInt8(ascii: "#") where poundsBeforeQuote() != nil: maskString()
            case UInt8(ascii: "\""): maskString()
            case UInt8(ascii: "`"): maskQuotedIdentifier()
            case UInt8(ascii: "("):
                depth += 1
                position += 1
            case UInt8(ascii: ")"):
                if untilClosingParenthesis, depth == 0 { return }
                depth -= 1
                position += 1
            default: position += 1
            }
        }
    }

    // MARK: What is blanked

    private mutating func maskLineComment() {
        while let next = byte(), next != UInt8(ascii: "\n") { blank() }
    }

    private mutating func maskBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < bytes.count
    }

    private mutating func maskQuotedIdentifier() {
        position += 1
        while let next = byte(), next != UInt8(ascii: "`"), next != UInt8(ascii: "\n") {
            bytes[position] = UInt8(ascii: "q")
            position += 1
        }
        position += 1
    }

    /// How many `#` stand before a quote here; nil when there is no quote after them.
    private func poundsBeforeQuote() -> Int? {
        var count = 0
        while byte(count) == UInt8(ascii: "#") { count += 1 }
        return byte(count) == UInt8(ascii: "\"") ? count : nil
    }

    private mutating func maskString() {
        let pounds = poundsBeforeQuote() ?? 0
        position += pounds
        let isMultiline = starts(with: "\"\"\"")
        let quotes = isMultiline ? 3 : 1
        position += quotes
        while let next = byte() {
            if closesString(quotes: quotes, pounds: pounds) {
                position += quotes + pounds
                return
            }
            if next == UInt8(ascii: "\n"), !isMultiline { return }
            if next == UInt8(ascii: "\\"), hasPounds(pounds, after: 1) {
                maskEscape(pounds: pounds)
            } else {
                blank()
            }
        }
    }

    private func hasPounds(_ count: Int, after offset: Int) -> Bool {
        (0..<count).allSatisfy { byte(offset + $0) == UInt8(ascii: "#") }
    }

    private func closesString(quotes: Int, pounds: Int) -> Bool {
        (0..<quotes).allSatisfy { byte($0) == UInt8(ascii: "\"") }
            && hasPounds(pounds, after: quotes)
    }

    /// An escape: what an interpolation holds is code, anything else is blanked.
    private mutating func maskEscape(pounds: Int) {
        blank(1 + pounds)
        guard byte() == UInt8(ascii: "(") else {
            blank()
            return
        }
        position += 1
        maskCode(untilClosingParenthesis: true)
        position += 1
    }

    /// Whether a `/` opens a regex literal: it stands where an operand is due, and closes in line.
    private func startsRegex() -> Bool {
        guard let next = byte(1), next != UInt8(ascii: " "), next != UInt8(ascii: "\n") else {
            return false
        }
        var before = position - 1
        while before >= 0, bytes[before] == UInt8(ascii: " ") { before -= 1 }
        guard before >= 0, "(,=:[{#".utf8.contains(bytes[before]) else { return false }
        var offset = 1
        while let next = byte(offset), next != UInt8(ascii: "\n") {
            if next == UInt8(ascii: "/") { return true }
            offset += next == UInt8(ascii: "\\") ? 2 : 1
        }
        return false
    }

    private mutating func maskRegex() {
        position += 1
        while let next = byte(), next != UInt8(ascii: "\n") {
            if next == UInt8(ascii: "/") {
                position += 1
                return
            }
            blank(next == UInt8(ascii: "\\") ? 2 : 1)
        }
    }
}
