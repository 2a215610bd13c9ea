/// Reads the text of a ``TargetExpression``.
struct TargetExpressionReader {
    typealias Part = TargetExpression.Part

    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let word = digits.union(ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z")))
        .union(ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z"))).union([UInt8(ascii: "_")])
    private static let spaces: ByteSet = [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D]

    private let bytes: [UInt8]
    private var place = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The whole pattern, or nil when it is none.
    mutating func readAll() -> Part? {
        guard let part = readChoice(), place == bytes.count else { return nil }
        return part
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func takeAll(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    private mutating func readChoice() -> Part? {
        guard depth < TargetExpression.depthMax else { return nil }
        depth += 1
        defer { depth -= 1 }
        var choices: [Part] = []
        repeat {
            var parts: [Part] = []
            while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
                guard let part = readRepeated() else { return nil }
                parts.append(part)
            }
            choices.append(.sequence(parts))
        } while take("|")
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func readRepeated() -> Part? {
        guard let part = readOne() else { return nil }
        let bounds: (least: Int, most: Int?)
        if take("*") {
            bounds = (0, nil)
        } else if take("+") {
            bounds = (1, nil)
        } else if take("?") {
            bounds = (0, 1)
        } else if next == UInt8(ascii: "{") {
            guard let read = readBraces() else { return nil }
            bounds = read
        } else {
            return part
        }
        // Whether it takes much or little first makes no difference to whether it matches.
        _ = take("?")
        // A second sign (`a**`, `a++`) is an error or means something else in other readers.
        guard
            ![UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{")]
                .contains(next ?? 0)
        else { return nil }
        return .repeated(part, atLeast: bounds.least, atMost: bounds.most)
    }

    private mutating func readBraces() -> (least: Int, most: Int?)? {
        place += 1
        let least = readNumber()
        var most = least
        if take(",") { most = readNumber() } else if least == nil { return nil }
        guard take("}"), least != nil || most != nil, least ?? 0 <= most ?? Int.max else {
            return nil
        }
        return (least ?? 0, most)
    }

    private mutating func readNumber() -> Int? {
        var number: Int?
        while let byte = next, Self.digits.contains(byte) {
            let larger = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            // Beyond the bound the closing brace is missed, and the pattern is refused.
            guard larger <= TargetExpression.repeatsMax else { return nil }
            number = larger
            place += 1
        }
        return number
    }

    private mutating func readOne() -> Part? {
        guard let byte = next else { return nil }
        switch byte {
        case UInt8(ascii: "("): return readGroup()
        case UInt8(ascii: "["): return readClass()
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            return nil
        default: break
        }
        place += 1
        switch byte {
        case UInt8(ascii: "."): return .character(ByteSet.all.subtracting([0x0A]))
        case UInt8(ascii: "^"): return .start
        case UInt8(ascii: "$"): return .end
        case UInt8(ascii: "\\"):
            if take("b") { return .wordEdge(true) }
            if take("B") { return .wordEdge(false) }
            if take("A") { return .start }
            if take("Z") { return .end }
            return readEscape().map { .character($0) }
        default: return .character([byte])
        }
    }

    private mutating func readGroup() -> Part? {
        place += 1
        let isAhead = takeAll("?=")
        let isNegative = !isAhead && takeAll("?!")
        if !isAhead, !isNegative, !takeAll("?:"), next == UInt8(ascii: "?") { return nil }
        guard let part = readChoice(), take(")") else { return nil }
        return isAhead || isNegative ? .lookahead(part, isNegative: isNegative) : part
    }

    /// What stands after a backslash; only signs stand for themselves.
    private mutating func readEscape() -> ByteSet? {
        guard let byte = next else { return nil }
        place += 1
        switch byte {
        case UInt8(ascii: "d"): return Self.digits
        case UInt8(ascii: "D"): return ByteSet.all.subtracting(Self.digits)
        case UInt8(ascii: "w"): return Self.word
        case UInt8(ascii: "W"): return ByteSet.all.subtracting(Self.word)
        case UInt8(ascii: "s"): return Self.spaces
        case UInt8(ascii: "S"): return ByteSet.all.subtracting(Self.spaces)
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "n"): return [0x0A]
        case _ where Self.word.contains(byte) || byte >= 0x80: return nil
        default: return [byte]
        }
    }

    private mutating func readClass() -> Part? {
        place += 1
        let isNegative = take("^")
        var bytes: ByteSet = []
        var isFirst = true
        while isFirst || next != UInt8(ascii: "]") {
            guard let low = readClassMember() else { return nil }
            isFirst = false
            let isRange =
                next == UInt8(ascii: "-") && place + 1 < self.bytes.count
                && self.bytes[place + 1] != UInt8(ascii: "]")
            guard isRange else {
                bytes.formUnion(low)
                continue
            }
            place += 1
            guard let high = readClassMember(), let first = low.first, let last = high.first,
                low.count == 1, high.count == 1, first <= last
            else { return nil }
            bytes.formUnion(ByteSet(first...last))
        }
        place += 1
        return .character(isNegative ? ByteSet.all.subtracting(bytes) : bytes)
    }

    private mutating func readClassMember() -> ByteSet? {
        guard let byte = next else { return nil }
        place += 1
        return byte == UInt8(ascii: "\\") ? readEscape() : [byte]
    }
}
