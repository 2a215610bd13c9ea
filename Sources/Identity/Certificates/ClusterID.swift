/// Names a cluster for ever; part of the name in its coordinator's certificate.
public struct ClusterID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Bytes of a name at most.
    public static let bytesMax = 40

    /// The name itself.
    public let description: String

    /// Takes 1 to 40 of a-z, 0-9 and inner hyphens.
    ///
    /// - Throws: ``IdentityError/badClusterID(_:)``.
    public init(_ text: String) throws(IdentityError) {
        let bytes = Array(text.utf8)
        let isPlain = bytes.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-")
        }
        guard !bytes.isEmpty, bytes.count <= Self.bytesMax, isPlain,
            bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-")
        else { throw .badClusterID(String(text.prefix(80))) }
        description = text
    }

    /// A new name of 60 random bits.
    public init(random: inout some RandomNumberGenerator) {
        description = String(Base32.encode(random.bytes(8)).prefix(12))
    }

    /// What the coordinator's certificate is made out to, however the coordinator is dialled.
    ///
    /// mbedTLS 2.28 compares no addresses, only names.
    public var serverName: String { "coordinator.\(description)" }

    /// Reads a plain string.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes a plain string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
