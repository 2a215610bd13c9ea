/// Certificates that are no longer taken: by their number, or all of a name.
public struct DenyList: Sendable, Equatable, Codable {
    /// Entries at most.
    public static let entriesMax = 20_000

    private var serials: Set<String> = []
    private var names: Set<String> = []

    /// A list that denies nobody.
    public init() {}

    /// How many entries there are.
    public var count: Int { serials.count + names.count }

    /// Denies all certificates of a role and a name, also future ones, until ``allow(_:)``.
    ///
    /// - Throws: ``IdentityError/denyListFull(limit:)``.
    public mutating func deny(_ node: NodeIdentity) throws(IdentityError) {
        guard count < Self.entriesMax else { throw .denyListFull(limit: Self.entriesMax) }
        names.insert(node.commonName)
    }

    /// Denies the one certificate of that number (hexadecimal).
    ///
    /// - Throws: ``IdentityError/denyListFull(limit:)``.
    public mutating func deny(serial: String) throws(IdentityError) {
        guard count < Self.entriesMax else { throw .denyListFull(limit: Self.entriesMax) }
        serials.insert(String(serial.lowercased().prefix(64)))
    }

    /// Takes certificates of that role and name again, other than those denied by number.
    public mutating func allow(_ node: NodeIdentity) { names.remove(node.commonName) }

    /// Whether the role and name are denied.
    public func contains(_ identity: NodeIdentity) -> Bool { names.contains(identity.commonName) }

    /// Whether the certificate is denied, by its number or its name.
    public func contains(_ node: VerifiedNode) -> Bool {
        serials.contains(node.serial) || contains(node.identity)
    }

    private enum CodingKeys: String, CodingKey { case serials, names }

    /// Reads what was stored, in its bounds.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        serials = Set(try container.decode([String].self, forKey: .serials))
        names = Set(try container.decode([String].self, forKey: .names))
        guard count <= Self.entriesMax else {
            throw DecodingError.dataCorruptedError(
                forKey: .serials, in: container, debugDescription: "too many entries")
        }
    }

    /// Writes sorted lists.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(serials.sorted(), forKey: .serials)
        try container.encode(names.sorted(), forKey: .names)
    }
}
