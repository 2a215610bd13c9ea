public import Domain

/// Who a certificate is made out to: a role and a name, such as `worker:w-1`.
public struct NodeIdentity: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Bytes of a name at most: with the longest role, X.509's 64 are not passed.
    public static let nameBytesMax = 48

    /// What it may do.
    public let role: Role
    /// What it is called.
    public let name: String

    /// A role and a name of 1 to 48 ASCII letters, digits, '.', '_' and '-'.
    ///
    /// - Throws: ``IdentityError/badNodeName(_:)``.
    public init(role: Role, name: String) throws(IdentityError) {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
        }
        guard !name.isEmpty, name.utf8.count <= Self.nameBytesMax, isPlain else {
            throw .badNodeName(String(name.prefix(80)))
        }
        self.role = role
        self.name = name
    }

    /// Reads a certificate's common name.
    ///
    /// - Throws: ``IdentityError/wrongName(_:)``.
    public init(commonName: String) throws(IdentityError) {
        let parts = commonName.split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let role = Role(rawValue: String(parts[0])),
            let identity = try? NodeIdentity(role: role, name: String(parts[1]))
        else { throw .wrongName(String(commonName.prefix(80))) }
        self = identity
    }

    /// The certificate's common name, such as `worker:w-1`.
    public var commonName: String { "\(role.rawValue):\(name)" }

    /// The same as ``commonName``.
    public var description: String { commonName }

    /// Orders by role, then by name.
    public static func < (left: NodeIdentity, right: NodeIdentity) -> Bool {
        left.commonName < right.commonName
    }

    /// Reads the common name.
    public init(from decoder: any Decoder) throws {
        try self.init(commonName: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the common name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(commonName)
    }
}
