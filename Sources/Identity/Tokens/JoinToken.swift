public import Domain

/// What a machine is given to join a cluster: whom to trust, and a secret that proves the
/// invitation.
///
/// Text: `skv1.<base32 of the SHA-256 of the authority's DER>.<id, 8>.<secret, 26>`.
public struct JoinToken: Sendable, Equatable {
    private static let scheme = "skv1"
    static let idLength = 8
    static let secretLength = 26
    /// Bytes of the text: no more is looked at.
    public static let textBytes = 4 + 1 + 52 + 1 + idLength + 1 + secretLength

    /// The SHA-256 of the authority's certificate, DER.
    public let pin: Digest
    /// Which token: no secret.
    public let id: String
    let secret: String

    init(pin: Digest, random: inout some RandomNumberGenerator) {
        self.pin = pin
        id = String(Base32.encode(random.bytes(5)).prefix(Self.idLength))
        // 130 random bits.
        secret = String(Base32.encode(random.bytes(17)).prefix(Self.secretLength))
    }

    /// Reads a token; blanks around it do not matter.
    ///
    /// - Throws: ``IdentityError/malformedToken``.
    public init(parsing text: String) throws(IdentityError) {
        guard text.utf8.count <= Self.textBytes + 64 else { throw .malformedToken }
        let trimmed = text.split(whereSeparator: \.isWhitespace)
        guard trimmed.count == 1 else { throw .malformedToken }
        let parts = trimmed[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == Self.scheme, parts[1].utf8.count == 52,
            let bytes = Base32.decode(parts[1]), let pin = Digest(bytes: bytes),
            parts[2].utf8.count == Self.idLength, Base32.isPlain(parts[2]),
            parts[3].utf8.count == Self.secretLength, Base32.isPlain(parts[3])
        else { throw .malformedToken }
        self.pin = pin
        id = String(parts[2])
        secret = String(parts[3])
    }

    /// The whole token: a secret until it is used.
    public var text: String { "\(Self.scheme).\(Base32.encode(pin.bytes)).\(id).\(secret)" }
}

extension JoinToken: CustomStringConvertible {
    /// Which token it is; nothing of the secret.
    public var description: String { "token \(id)" }
}
