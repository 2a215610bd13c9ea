extension JSONValue {
    /// The value as a UTF-8 text on one line, the members of objects sorted by name (bytes).
    ///
    /// - Precondition: no number is an infinity or a NaN, which JSON cannot say.
    public func encoded() -> [UInt8] {
        var text: [UInt8] = []
        write(into: &text)
        return text
    }

    private func write(into text: inout [UInt8]) {
        switch self {
        case .null: text += Array("null".utf8)
        case .boolean(let flag): text += Array((flag ? "true" : "false").utf8)
        case .integer(let integer): text += Array("\(integer)".utf8)
        case .number(let number):
            precondition(number.isFinite)
            text += Array("\(number)".utf8)
        case .string(let string): text += Array(quoted(string).utf8)
        case .array(let values):
            text.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                value.write(into: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            let sorted = members.sorted { $0.key.precedesBytewise($1.key) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                text += Array(quoted(member.key).utf8)
                text.append(UInt8(ascii: ":"))
                member.value.write(into: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }
}
