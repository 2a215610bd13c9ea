import Foundation

/// What a command printed with `--json`, read without any type of the program's.
enum Facts: Sendable, Hashable, Decodable {
    case object([String: Facts])
    case list([Facts])
    case text(String)
    case number(Double)
    case boolean(Bool)
    case nothing

    /// Reads JSON text.
    init(_ text: String) throws {
        self = try JSONDecoder().decode(Facts.self, from: Data(text.utf8))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .nothing
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([Facts].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: Facts].self))
        }
    }

    /// The member of that name; nothing when there is none.
    subscript(_ name: String) -> Facts { members[name] ?? .nothing }

    private var members: [String: Facts] {
        if case .object(let members) = self { members } else { [:] }
    }

    var keys: Set<String> { Set(members.keys) }

    var list: [Facts] { if case .list(let items) = self { items } else { [] } }

    var number: Double? { if case .number(let value) = self { value } else { nil } }

    var integer: Int? { number.flatMap { Int(exactly: $0) } }

    var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

    /// A word; a name may also come as an object with a description.
    var text: String? {
        switch self {
        case .text(let value): value
        case .object(let members): members["description"]?.text
        default: nil
        }
    }

    /// The same object without one member.
    func without(_ name: String) -> Facts {
        var members = members
        members[name] = nil
        return .object(members)
    }
}
