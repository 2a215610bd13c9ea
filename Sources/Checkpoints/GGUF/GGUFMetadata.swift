/// The metadata of a GGUF file: keys with values, each key once, in the order of the file.
public struct GGUFMetadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// The keys in the order of the file.
    public private(set) var keys: [String] = []
    private var values: [String: GGUFValue] = [:]

    /// Starts without any key.
    public init() {}

    /// Starts with these, in this order.
    ///
    /// - Precondition: no key stands twice.
    public init(dictionaryLiteral elements: (String, GGUFValue)...) {
        for (key, value) in elements {
            precondition(values[key] == nil)
            self[key] = value
        }
    }

    /// The value of a key: a new key goes to the end, a known one keeps its place, nil removes it.
    public subscript(key: String) -> GGUFValue? {
        get { values[key] }
        set {
            let old = values.updateOrRemove(newValue, forKey: key)
            if old == nil, newValue != nil { keys.append(key) }
            if old != nil, newValue == nil { keys.removeAll { $0 == key } }
        }
    }

    /// Adds all keys of another, whose values win.
    public mutating func merge(_ other: GGUFMetadata) {
        for key in other.keys { self[key] = other[key] }
    }
}

extension Dictionary {
    fileprivate mutating func updateOrRemove(_ value: Value?, forKey key: Key) -> Value? {
        guard let value else { return removeValue(forKey: key) }
        return updateValue(value, forKey: key)
    }
}
