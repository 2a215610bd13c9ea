public import Domain

/// Which names are taken: one machine's key holds a name until its certificate ends.
///
/// Without it, whoever has a token for workers could take the name of a worker that is at work,
/// and speak for it.
public struct NodeRegister: Sendable, Equatable, Codable {
    /// Names at most: twice the workers that a coordinator keeps track of.
    public static let namesMax = 20_000

    struct Entry: Sendable, Equatable, Codable {
        var key: Digest
        var serial: String
        var endsUnixMs: Int64
    }

    private var entries: [String: Entry] = [:]

    /// A register in which all names are free.
    public init() {}

    /// How many names are taken.
    public var count: Int { entries.count }

    /// Checks that the bearer of `key` may have a certificate as `identity`.
    ///
    /// - Parameter mayMove: whether the name may be taken from another key.
    /// - Throws: ``IdentityError/nameTaken(_:)`` or ``IdentityError/tooManyNames(limit:)``.
    public func check(
        _ identity: NodeIdentity, key: Digest, mayMove: Bool = false, nowUnixMs: Int64
    ) throws(IdentityError) {
        guard let entry = entries[identity.commonName] else {
            let isFull =
                entries.count >= Self.namesMax
                && !entries.values.contains { $0.endsUnixMs <= nowUnixMs }
            if isFull { throw .tooManyNames(limit: Self.namesMax) }
            return
        }
        guard nowUnixMs < entry.endsUnixMs, entry.key != key, !mayMove else { return }
        throw .nameTaken(identity)
    }

    /// Notes the latest certificate of a name that was checked.
    ///
    /// - Returns: the number of the certificate that it replaces, if another key held it.
    public mutating func note(_ node: VerifiedNode, nowUnixMs: Int64) -> String? {
        if entries.count >= Self.namesMax, entries[node.identity.commonName] == nil {
            entries = entries.filter { $0.value.endsUnixMs > nowUnixMs }
        }
        let old = entries[node.identity.commonName]
        entries[node.identity.commonName] = Entry(
            key: node.keyFingerprint, serial: node.serial, endsUnixMs: node.endsUnixMs)
        return old.flatMap { $0.key != node.keyFingerprint ? $0.serial : nil }
    }

    /// Frees a name.
    public mutating func forget(_ identity: NodeIdentity) {
        entries[identity.commonName] = nil
    }

    /// Reads what was stored, in its bounds.
    public init(from decoder: any Decoder) throws {
        entries = try decoder.singleValueContainer().decode([String: Entry].self)
        guard entries.count <= Self.namesMax else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "too many names"))
        }
    }

    /// Writes an object by names; a writer that sorts keys gives equal bytes for equal values.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(entries)
    }
}
