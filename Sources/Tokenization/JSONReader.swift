/// Reads one JSON text strictly (RFC 8259) from UTF-8 bytes.
///
/// It is here because a `tokenizer.json` has up to a million strings, which this reads in a
/// fraction of the time of Foundation's readers, and keeps apart as bytes.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    /// Nothing in a tokenizer file is nested deeper than about ten levels.
    private static let depthMaximum = 64

    /// The value of the whole text; throws the offset of the first byte that is wrong.
    static func read(_ bytes: [UInt8]) throws(TokenizationError) -> JSONValue {
        if let offset = UTF8Text.firstInvalidOffset(in: bytes) {
            throw .malformedJSON(offset: offset, reason: "invalid UTF-8")
        }
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else {
            throw reader.failure("text after the end of the value")
        }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func failure(_ reason: String) -> TokenizationError {
        .malformedJSON(offset: position, reason: position < bytes.count ? reason : "the end")
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func expect(_ byte: UInt8) throws(TokenizationError) {
        guard current == byte else {
            throw failure("expected \"\(Character(Unicode.Scalar(byte)))\"")
        }
        position += 1
    }

    private mutating func value(depth: Int) throws(TokenizationError) -> JSONValue {
        guard depth < Self.depthMaximum else { throw failure("nested too deeply") }
        skipSpace()
        guard let byte = current else { throw failure("expected a value") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(
        _ text: String, _ value: JSONValue
    ) throws(TokenizationError) -> JSONValue {
        for byte in text.utf8 { try expect(byte) }
        return value
    }

    private mutating func object(depth: Int) throws(TokenizationError) -> JSONValue {
        var members: [JSONMember] = []
        position += 1
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            let key = try string()
            skipSpace()
            try expect(UInt8(ascii: ":"))
            members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            if current == UInt8(ascii: ",") {
                position += 1
                continue
            }
            try expect(UInt8(ascii: "}"))
            return .object(members)
        }
    }

    private mutating func array(depth: Int) throws(TokenizationError) -> JSONValue {
        var values: [JSONValue] = []
        position += 1
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if current == UInt8(ascii: ",") {
                position += 1
                continue
            }
            try expect(UInt8(ascii: "]"))
            return .array(values)
        }
    }

    private mutating func number() throws(TokenizationError) -> JSONValue {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let digits = skipDigits()
        guard digits > 0, digits == 1 || bytes[position - digits] != UInt8(ascii: "0") else {
            throw failure("expected a value")
        }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            position += 1
            isInteger = false
            guard skipDigits() > 0 else { throw failure("expected a digit") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            isInteger = false
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw failure("expected a digit") }
        }
        guard isInteger else { return .otherNumber }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Int(text).map { .integer($0) } ?? .otherNumber
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = current, byte >= 0x30, byte <= 0x39 { position += 1 }
        return position - start
    }

    private mutating func string() throws(TokenizationError) -> [UInt8] {
        try expect(UInt8(ascii: "\""))
        var text: [UInt8] = []
        var start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                defer { position += 1 }
                // Most strings have no escapes and are copied once.
                if text.isEmpty { return Array(bytes[start..<position]) }
                text.append(contentsOf: bytes[start..<position])
                return text
            }
            guard byte >= 0x20 else { throw failure("a control character in a string") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: bytes[start..<(position - 1)])
                try escape(into: &text)
                start = position
            }
        }
        throw failure("the end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(TokenizationError) {
        guard let byte = current else { throw failure("the end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): UTF8Text.append(try escapedScalar(), to: &text)
        default: throw failure("an unknown escape in a string")
        }
    }

    private mutating func escapedScalar() throws(TokenizationError) -> UInt32 {
        let high = try fourHexDigits()
        guard high >= 0xD800, high < 0xE000 else { return high }
        guard high < 0xDC00 else { throw failure("a lone surrogate in a string") }
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let low = try fourHexDigits()
        guard low >= 0xDC00, low < 0xE000 else { throw failure("a lone surrogate in a string") }
        return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
    }

    private mutating func fourHexDigits() throws(TokenizationError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current else { throw failure("the end") }
            let character = Character(Unicode.Scalar(byte))
            guard byte < 0x80, let digit = character.hexDigitValue else {
                throw failure("expected a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
