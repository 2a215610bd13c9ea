/// The fields of a configuration of quantised weights, read with bounds; null counts as absent.
struct QuantizationFields {
    /// The most layers, patterns and groups that a configuration may name.
    static let namesMax = 1_000_000
    /// The most `re:` patterns, each of which is matched against each quantised layer.
    static let patternsMax = 4_096
    /// The most groups of layers, each of which is asked about each quantised layer.
    static let groupsMax = 4_096
    /// The longest word, in bytes: names of formats and methods.
    static let wordBytesMax = 200

    let file: String
    private let path: String
    private let members: [String: JSONValue]

    /// - Throws: `CheckpointError.unsupportedQuantization` when the value is no object.
    init(_ value: JSONValue, file: String, path: String = "") throws(CheckpointError) {
        guard case .object(let members) = value else {
            throw .unsupportedQuantization(
                file: file,
                reason: "\(path.isEmpty ? "it" : path) is \(value.kind) instead of an object")
        }
        (self.file, self.path, self.members) = (file, path, members)
    }

    /// The fields' names, sorted.
    var names: [String] { members.keys.sorted { $0.precedesBytewise($1) } }

    func wrong(_ reason: String) -> CheckpointError {
        .unsupportedQuantization(file: file, reason: reason)
    }

    private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func value(_ name: String) -> JSONValue? {
        let value = members[name]
        return value == .null ? nil : value
    }

    /// The fields of a member object; nil when there is none.
    func fields(_ name: String) throws(CheckpointError) -> QuantizationFields? {
        guard let value = value(name) else { return nil }
        return try QuantizationFields(value, file: file, path: place(name))
    }

    func text(_ name: String) throws(CheckpointError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else {
            throw wrong("\(place(name)) is \(value.kind) instead of a string")
        }
        guard text.utf8.count <= Self.wordBytesMax else {
            throw wrong("\(place(name)) has more than \(Self.wordBytesMax) bytes")
        }
        return text
    }

    func flag(_ name: String) throws(CheckpointError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .boolean(let flag) = value else {
            throw wrong("\(place(name)) is \(value.kind) instead of true or false")
        }
        return flag
    }

    func integer(_ name: String) throws(CheckpointError) -> Int? {
        guard let value = value(name) else { return nil }
        guard case .integer(let number) = value else {
            throw wrong("\(place(name)) is \(value.kind) instead of an integer")
        }
        return number
    }

    func texts(_ name: String) throws(CheckpointError) -> [String] {
        guard let value = value(name) else { return [] }
        guard case .array(let items) = value, items.count <= Self.namesMax else {
            throw wrong("\(place(name)) is no list of at most \(Self.namesMax) strings")
        }
        var texts: [String] = []
        for item in items {
            guard case .string(let text) = item else {
                throw wrong("\(place(name)) holds \(item.kind) instead of a string")
            }
            texts.append(text)
        }
        return texts
    }

    /// Bits of a code, 2 to 8.
    func bits(_ name: String) throws(CheckpointError) -> Int? {
        guard let bits = try integer(name) else { return nil }
        guard (2...8).contains(bits) else {
            throw wrong("\(place(name)) is \(bits); 2 to 8 bits can be read")
        }
        return bits
    }

    /// Inputs of a group: `some(nil)` for −1, one group for each output; nil when absent.
    func groupSize(_ name: String) throws(CheckpointError) -> Int?? {
        guard let size = try integer(name) else { return nil }
        guard size == -1 || (1...QuantizedLinear.extentMax).contains(size) else {
            throw wrong("\(place(name)) is \(size); it must be -1 or at least 1")
        }
        return .some(size == -1 ? nil : size)
    }

    /// Refuses a field that is there and says something.
    func refuse(_ name: String, because reason: String) throws(CheckpointError) {
        guard let value = value(name), value != .object([:]), value != .array([]) else { return }
        throw wrong("\(place(name)) is set: \(reason)")
    }
}
