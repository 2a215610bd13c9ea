/// A JSON text as a value, parsed strictly: a repeated key, which most parsers drop, is an error.
public enum JSONValue: Sendable, Hashable {
    /// The literal `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number without fraction and exponent that fits in 64 bits.
    case integer(Int)
    /// Every other number.
    case number(Double)
    /// A string, its escapes resolved.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Members by name; the order of the text is not kept.
    case object([String: JSONValue])

    /// Parses a UTF-8 text of at most 100 MB and 64 levels.
    ///
    /// - Parameters:
    ///   - bytes: the text, with nothing but white space around the value.
    ///   - file: the file's name, for the error.
    /// - Returns: the value.
    /// - Throws: `CheckpointError.malformedText` with the offset of the first offence.
    public static func parse(_ bytes: [UInt8], file: String) throws(CheckpointError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, file: file)
        return try parser.parseText()
    }

    /// The member of that name, or nil when there is none or this is no object.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The word for this kind of value, for error messages.
    public var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
