import Foundation
import Testing

/// What a command printed with `--json`, read without any type of the program's.
struct Facts {
    private let value: Any

    /// Reads JSON text.
    init(_ text: String) throws {
        value = try JSONSerialization.jsonObject(
            with: Data(text.utf8), options: [.fragmentsAllowed])
    }

    private init(value: Any) { self.value = value }

    /// The member of that name; nothing when there is none.
    subscript(_ name: String) -> Facts {
        Facts(value: (value as? [String: Any])?[name] ?? NSNull())
    }

    var list: [Facts] { (value as? [Any] ?? []).map { Facts(value: $0) } }
    var keys: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
    var number: Double? { (value as? NSNumber)?.doubleValue }
    var integer: Int? { (value as? NSNumber)?.intValue }
    var boolean: Bool? { (value as? NSNumber)?.boolValue }
    /// A word; names may also come as an object with a description.
    var text: String? {
        value as? String ?? (value as? [String: Any])?["description"] as? String
    }

    /// The same object without one member, in a form that can be compared.
    func canonical(without name: String) throws -> Data {
        var object = try #require(value as? [String: Any])
        object[name] = nil
        return try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    }
}
