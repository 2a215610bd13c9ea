import Checkpoints
import Testing

@Suite struct `JSON text` {
    private func parse(_ text: String) throws -> JSONValue {
        try JSONValue.parse(Array(text.utf8), file: "x.json")
    }

    @Test func `gives every kind of value`() throws {
        let value = try parse(#" {"a": [1, -2.5e3, true, false, null, "x"], "b": {}} "#)
        let expected: [JSONValue] = [
            .integer(1), .number(-2500), .boolean(true), .boolean(false), .null, .string("x"),
        ]
        #expect(value == .object(["a": .array(expected), "b": .object([:])]))
    }

    @Test func `resolves escapes and surrogate pairs`() throws {
        let text = #""\"\\\/\b\f\n\r\t\u00e9\ud83d\udef6""#
        #expect(try parse(text) == .string("\"\\/\u{08}\u{0C}\n\r\té🛶"))
    }

    @Test(arguments: [
        "", "{", "[1,", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "1.", "1e", "-", "+1",
        "NaN", "Infinity", "1e400", "tru", "\"", "\"\u{01}\"", "\"\\x\"", "\"\\ud800\"",
        "\"\\udc00\"", "\"\\u12g4\"", "1 2", "{\"a\":1,\"a\":2}", "{} x",
    ])
    func `is refused when it breaks the grammar`(text: String) {
        #expect(throws: CheckpointError.self) { try parse(text) }
    }

    @Test func `is refused when it is not UTF-8`() {
        let bytes: [UInt8] = [0x22, 0xFF, 0x22]
        #expect(throws: CheckpointError.self) { try JSONValue.parse(bytes, file: "x") }
    }

    @Test func `is refused one level beyond the limit`() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        _ = try parse(nested(64))
        #expect(throws: CheckpointError.self) { try parse(nested(65)) }
        #expect(throws: CheckpointError.self) { try parse(nested(100_000)) }
    }

    @Test func `names the place of the offence`() {
        #expect(
            throws: CheckpointError.malformedText(
                file: "x.json",
                offset: 5,
                reason: "no value stands here"
            )
        ) { try parse("[1, x]".replacing(" ", with: "  ")) }
    }
}
