import Checkpoints

/// The fields of a `config.json`, read with bounds; null counts as absent.
public struct ModelConfiguration: Sendable {
    private let value: JSONValue
    private let path: String

    /// Parses the file's bytes; throws `CheckpointError` or `ModelError` when it is no object.
    public init(_ bytes: [UInt8]) throws {
        let value = try JSONValue.parse(bytes, file: "config.json")
        guard case .object = value else {
            throw ModelError.invalidConfiguration(
                field: "(all of it)",
                reason: "is \(value.kind) instead of an object"
            )
        }
        (self.value, path) = (value, "")
    }

    private init(_ value: JSONValue, path: String) {
        (self.value, self.path) = (value, path)
    }

    private func member(_ field: String) -> JSONValue? {
        let member = value[field]
        return member == .null ? nil : member
    }

    private func wrong(_ field: String, _ reason: String) -> ModelError {
        .invalidConfiguration(field: path + field, reason: reason)
    }

    /// Whether the field is present and not null.
    func has(_ field: String) -> Bool { member(field) != nil }

    /// Whether the field is present, if only as null: where that differs from a default.
    func mentions(_ field: String) -> Bool { value[field] != nil }

    /// An integer in minimum...maximum, the default too; without one the field must be there.
    func size(
        _ field: String, default standard: Int?, minimum: Int = 1, maximum: Int
    ) throws(ModelError) -> Int {
        guard let value = member(field) else {
            guard let standard else { throw wrong(field, "is missing") }
            // The bounds of one field may be another's value.
            guard minimum...maximum ~= standard else {
                throw wrong(
                    field,
                    "is missing, and its default \(standard) is not in \(minimum)...\(maximum)")
            }
            return standard
        }
        guard case .integer(let size) = value, minimum...maximum ~= size else {
            throw wrong(field, "is not an integer in \(minimum)...\(maximum)")
        }
        return size
    }

    /// A number in a range; integers are accepted.
    func number(
        _ field: String,
        default standard: Double?,
        in range: ClosedRange<Double>
    ) throws(ModelError) -> Double {
        let number: Double
        switch member(field) {
        case nil:
            guard let standard else { throw wrong(field, "is missing") }
            return standard
        case .integer(let value): number = Double(value)
        case .number(let value): number = value
        case let other?: throw wrong(field, "is \(other.kind) instead of a number")
        }
        guard range.contains(number) else {
            throw wrong(field, "is \(number), outside \(range.lowerBound)...\(range.upperBound)")
        }
        return number
    }

    func flag(_ field: String, default standard: Bool) throws(ModelError) -> Bool {
        guard let value = member(field) else { return standard }
        guard case .boolean(let flag) = value else {
            throw wrong(field, "is \(value.kind) instead of true or false")
        }
        return flag
    }

    func text(_ field: String, default standard: String?) throws(ModelError) -> String {
        guard let value = member(field) else {
            guard let standard else { throw wrong(field, "is missing") }
            return standard
        }
        guard case .string(let text) = value else {
            throw wrong(field, "is \(value.kind) instead of a string")
        }
        return String(text.prefix(200))
    }

    func texts(_ field: String) throws(ModelError) -> [String] {
        guard let value = member(field) else { return [] }
        guard case .array(let items) = value else {
            throw wrong(field, "is \(value.kind) instead of a list")
        }
        var texts: [String] = []
        for item in items {
            guard case .string(let text) = item else { throw wrong(field, "holds \(item.kind)") }
            texts.append(text)
        }
        return texts
    }

    /// A list of integers in 0..<maximum; empty when absent or null.
    func sizes(_ field: String, maximum: Int) throws(ModelError) -> [Int] {
        guard let value = member(field) else { return [] }
        guard case .array(let items) = value else {
            throw wrong(field, "is \(value.kind) instead of a list")
        }
        var sizes: [Int] = []
        for item in items {
            guard case .integer(let size) = item, 0..<maximum ~= size else {
                throw wrong(field, "holds something else than integers in 0..<\(maximum)")
            }
            sizes.append(size)
        }
        return sizes
    }

    /// A nested object; nil when absent, null or empty.
    func section(_ field: String) throws(ModelError) -> ModelConfiguration? {
        guard let value = member(field) else { return nil }
        guard case .object(let members) = value else {
            throw wrong(field, "is \(value.kind) instead of an object")
        }
        return members.isEmpty ? nil : ModelConfiguration(value, path: "\(path)\(field).")
    }
}
