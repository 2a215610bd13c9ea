/// Recursive descent over UTF-8 bytes, with limits on size and depth.
struct JSONParser {
    static let bytesMax = 100_000_000
    static let depthMax = 64

    let bytes: [UInt8]
    let file: String
    private var position = 0
    private var depth = 0

    init(bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    mutating func parseText() throws(CheckpointError) -> JSONValue {
        guard bytes.count <= Self.bytesMax else {
            throw error("the text is longer than \(Self.bytesMax) bytes")
        }
        let value = try parseValue()
        skipSpace()
        guard position == bytes.count else { throw error("text goes on after the value") }
        return value
    }

    private func error(_ reason: String) -> CheckpointError {
        .malformedText(file: file, offset: position, reason: reason)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    /// Steps over the byte if it comes next.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func parseValue() throws(CheckpointError) -> JSONValue {
        skipSpace()
        guard let byte = next else { throw error("the text ends where a value should stand") }
        switch byte {
        case UInt8(ascii: "{"):
            return try nested { (p) throws(CheckpointError) in
                try p.parseObject()
            }
        case UInt8(ascii: "["):
            return try nested { (p) throws(CheckpointError) in
                try p.parseArray()
            }
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .boolean(true))
        case UInt8(ascii: "f"): return try parseWord("false", .boolean(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: return try parseNumber()
        }
    }

    /// Goes one level down, so that a hostile text cannot exhaust the stack.
    private mutating func nested(
        _ body: (inout JSONParser) throws(CheckpointError) -> JSONValue
    ) throws(CheckpointError) -> JSONValue {
        guard depth < Self.depthMax else {
            throw error("values are nested deeper than \(Self.depthMax) levels")
        }
        depth += 1
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func parseObject() throws(CheckpointError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
            let name = try parseString()
            skipSpace()
            guard take(":") else { throw error("a colon is missing after '\(name.prefix(200))'") }
            let value = try parseValue()
            guard members.updateValue(value, forKey: name) == nil else {
                throw error("the name '\(name.prefix(200))' stands twice in one object")
            }
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("a comma or '}' is missing") }
        }
    }

    private mutating func parseArray() throws(CheckpointError) -> JSONValue {
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(values) }
        while true {
            values.append(try parseValue())
            skipSpace()
            if take("]") { return .array(values) }
            guard take(",") else { throw error("a comma or ']' is missing") }
        }
    }

    private mutating func parseWord(
        _ word: String,
        _ value: JSONValue
    ) throws(CheckpointError) -> JSONValue {
        for expected in word.utf8 {
            guard next == expected else { throw error("this is not the word '\(word)'") }
            position += 1
        }
        return value
    }

    private mutating func parseString() throws(CheckpointError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("a string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                position += 1
                text.append(contentsOf: try parseEscape())
            case 0..<0x20:
                throw error("a control character stands unescaped in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("a string does not end")
    }

    private mutating func parseEscape() throws(CheckpointError) -> [UInt8] {
        guard let byte = next else { throw error("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try parseUnicodeEscape()
        default: throw error("an unknown escape stands in a string")
        }
    }

    /// Four hexadecimal digits, or two such groups when the first is half of a surrogate pair.
    private mutating func parseUnicodeEscape() throws(CheckpointError) -> [UInt8] {
        var code = try parseHexadecimal()
        if 0xD800..<0xDC00 ~= code {
            guard take("\\"), take("u") else { throw error("half of a surrogate pair is missing") }
            let low = try parseHexadecimal()
            guard 0xDC00..<0xE000 ~= low else { throw error("a surrogate pair is broken") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("a surrogate stands alone") }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func parseHexadecimal() throws(CheckpointError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next,
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw error("four hexadecimal digits are missing") }
            code = code * 16 + UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func parseNumber() throws(CheckpointError) -> JSONValue {
        let start = position
        _ = take("-")
        let leadsWithZero = next == UInt8(ascii: "0")
        let whole = takeDigits()
        guard whole > 0 else { throw error("no value stands here") }
        guard !leadsWithZero || whole == 1 else { throw error("a number has a leading zero") }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard takeDigits() > 0 else { throw error("digits are missing after the point") }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            guard takeDigits() > 0 else { throw error("digits are missing in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw error("the number \(text.prefix(40)) is out of range")
        }
        return .number(number)
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        return position - start
    }
}
