/// A parsed JSON value, strings as UTF-8 bytes.
///
/// Strings are bytes because Swift's `String` compares by canonical equivalence, by which two
/// different tokens of a vocabulary can be equal.
enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number that is no integer, or too large for one. No field that is read here may hold it.
    case otherNumber
    case string([UInt8])
    case array([JSONValue])
    case object([JSONMember])
}

/// One member of a JSON object, in the order of the file.
struct JSONMember: Sendable {
    let key: [UInt8]
    let value: JSONValue
}

extension JSONValue {
    var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The member of that name, `null` if there is none or this is no object.
    func member(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        for member in members where member.key.elementsEqual(name.utf8) { return member.value }
        return .null
    }

    /// The text of a string member; throws if it is missing or of another type.
    func text(_ name: String, at path: String) throws(TokenizationError) -> String {
        String(decoding: try bytes(name, at: path), as: UTF8.self)
    }

    /// The bytes of a string member; throws if it is missing or of another type.
    func bytes(_ name: String, at path: String) throws(TokenizationError) -> [UInt8] {
        switch member(name) {
        case .string(let bytes): return bytes
        case .null: throw .missingField("\(path).\(name)")
        default: throw .invalidField("\(path).\(name)", expected: "a string")
        }
    }

    /// The string member's bytes, nil if it is missing or null.
    func optionalBytes(_ name: String, at path: String) throws(TokenizationError) -> [UInt8]? {
        member(name).isNull ? nil : try bytes(name, at: path)
    }

    /// The Boolean member; `fallback` (the library's default) if it is missing or null.
    func flag(
        _ name: String, default fallback: Bool, at path: String
    ) throws(TokenizationError) -> Bool {
        switch member(name) {
        case .bool(let value): return value
        case .null: return fallback
        default: throw .invalidField("\(path).\(name)", expected: "true or false")
        }
    }

    /// The array member's elements; throws if it is missing or of another type.
    func elements(_ name: String, at path: String) throws(TokenizationError) -> [JSONValue] {
        switch member(name) {
        case .array(let values): return values
        case .null: throw .missingField("\(path).\(name)")
        default: throw .invalidField("\(path).\(name)", expected: "an array")
        }
    }

    /// This value as a token id, which is bounded so that a table by id stays small.
    func tokenID(at path: @autoclosure () -> String) throws(TokenizationError) -> Int32 {
        guard case .integer(let id) = self, id >= 0, id < Self.idLimit else {
            throw .invalidField(path(), expected: "an id from 0 to \(Self.idLimit - 1)")
        }
        return Int32(id)
    }

    /// Four million tokens: an order of magnitude above the largest vocabularies in use.
    static let idLimit = 1 << 22
}
