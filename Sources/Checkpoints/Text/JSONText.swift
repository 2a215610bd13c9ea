/// A JSON value that is to be written: members keep their order, as a reader expects to find it.
indirect enum JSONText {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([(String, JSONText)])

    /// The text, indented by two spaces a level as Python's `json.dumps(…, indent=2)` does.
    ///
    /// - Parameter level: the level of the line on which the value begins; the default is 0.
    /// - Returns: the text, without a line feed at its end.
    func text(level: Int = 0) -> String {
        let inner = String(repeating: "  ", count: level + 1)
        let outer = String(repeating: "  ", count: level)
        switch self {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .number(let value):
            precondition(value.isFinite)
            return String(value)
        case .string(let value): return quoted(value)
        case .array(let values):
            guard !values.isEmpty else { return "[]" }
            let lines = values.map { inner + $0.text(level: level + 1) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members):
            guard !members.isEmpty else { return "{}" }
            let lines = members.map { "\(inner)\(quoted($0)): \($1.text(level: level + 1))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        }
    }
}
