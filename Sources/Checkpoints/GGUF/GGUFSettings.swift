/// The fields of a model's JSON files with bounds; null counts as absent.
struct GGUFSettings {
    let value: JSONValue
    let file: String

    private func member(_ field: String) -> JSONValue? {
        let member = value[field]
        return member == .null ? nil : member
    }

    func wrong(_ field: String, _ reason: String) -> CheckpointError {
        .noGGUFForm(reason: "'\(field)' of \(file) \(reason)")
    }

    /// An integer in 1...2^30; nil when absent.
    func size(_ field: String) throws(CheckpointError) -> Int? {
        guard let value = member(field) else { return nil }
        guard case .integer(let size) = value, 1...(1 << 30) ~= size else {
            throw wrong(field, "is not an integer in 1...2^30")
        }
        return size
    }

    /// The same, where it must be present.
    func requiredSize(_ field: String) throws(CheckpointError) -> Int {
        guard let size = try size(field) else { throw wrong(field, "is missing") }
        return size
    }

    /// A number above zero; integers are accepted, nil when absent.
    func number(_ field: String) throws(CheckpointError) -> Double? {
        let number: Double
        switch member(field) {
        case nil: return nil
        case .integer(let value): number = Double(value)
        case .number(let value): number = value
        case let other?: throw wrong(field, "is \(other.kind) instead of a number")
        }
        guard number > 0, number.isFinite, Float(number).isFinite else {
            throw wrong(field, "is \(number), which is out of range")
        }
        return number
    }

    func requiredNumber(_ field: String) throws(CheckpointError) -> Double {
        guard let number = try number(field) else { throw wrong(field, "is missing") }
        return number
    }

    func flag(_ field: String) throws(CheckpointError) -> Bool? {
        guard let value = member(field) else { return nil }
        guard case .boolean(let flag) = value else {
            throw wrong(field, "is \(value.kind) instead of true or false")
        }
        return flag
    }

    func text(_ field: String) throws(CheckpointError) -> String? {
        guard let value = member(field) else { return nil }
        guard case .string(let text) = value else {
            throw wrong(field, "is \(value.kind) instead of a string")
        }
        return text
    }

    func list(_ field: String) throws(CheckpointError) -> [JSONValue]? {
        guard let value = member(field) else { return nil }
        guard case .array(let values) = value else {
            throw wrong(field, "is \(value.kind) instead of a list")
        }
        return values
    }

    /// A nested object; nil when absent or empty.
    func section(_ field: String) throws(CheckpointError) -> GGUFSettings? {
        guard let value = member(field) else { return nil }
        guard case .object(let members) = value else {
            throw wrong(field, "is \(value.kind) instead of an object")
        }
        return members.isEmpty ? nil : GGUFSettings(value: value, file: "\(file), \(field)")
    }

    /// The first of several places that states a number; nil when none does.
    static func number(
        _ field: String, in places: [GGUFSettings?]
    ) throws(CheckpointError) -> Double? {
        for place in places {
            if let number = try place?.number(field) { return number }
        }
        return nil
    }

    /// The first of several places that states a size; nil when none does.
    static func size(
        _ field: String, in places: [GGUFSettings?]
    ) throws(CheckpointError) -> Int? {
        for place in places {
            if let size = try place?.size(field) { return size }
        }
        return nil
    }
}
