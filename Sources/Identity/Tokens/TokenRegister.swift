internal import Crypto
public import Domain

/// The open join tokens, without their secrets.
///
/// A pure value: randomness and time come in as arguments. Whoever changes it stores it before
/// the change is told to anybody, so that a token is never used twice.
public struct TokenRegister: Sendable, Equatable, Codable {
    /// Open tokens at most.
    public static let tokensMax = 1_000
    /// Uses of one token at most.
    public static let usesMax = 10_000
    /// How long a token lives by default: 24 hours.
    public static let defaultLifeMilliseconds: Int64 = 86_400_000
    /// Of so many keys that a token admitted last, each may repeat.
    static let repeatsMax = 64
    private static let lifeMillisecondsMin: Int64 = 60_000
    private static let lifeMillisecondsMax: Int64 = 90 * 86_400_000
    /// How long a used or expired token is remembered, so that its sentence can say so: a day.
    private static let memoryMilliseconds: Int64 = 86_400_000

    struct Entry: Sendable, Equatable, Codable {
        var id: String
        /// HMAC-SHA256 of the purpose and the id, under the secret.
        var proof: Domain.Digest
        var role: Role
        /// The only name that may join with it; nil for any.
        var name: String?
        var expiresUnixMs: Int64
        var usesLeft: Int
        /// Keys that were admitted: each may ask again, if it did not hear the answer.
        var admitted: [Domain.Digest] = []
    }

    /// Ascending by id.
    private(set) var entries: [Entry] = []

    /// A register without tokens.
    public init() {}

    /// How many tokens are remembered.
    public var count: Int { entries.count }

    /// Makes a token.
    ///
    /// - Parameters:
    ///   - pin: of the authority that the token's bearer shall trust.
    ///   - role: what its bearer becomes.
    ///   - name: the only name that its bearer may take; nil lets it choose a free one.
    ///   - uses: how many machines may join with it, 1 to 10,000. The default is 1.
    ///   - lifeMilliseconds: 1 minute to 90 days. The default is 24 hours.
    /// - Throws: ``IdentityError/badTokenTerms``, ``IdentityError/badNodeName(_:)`` or
    ///   ``IdentityError/tooManyTokens(limit:)``.
    public mutating func issue(
        pin: Domain.Digest, role: Role, name: String? = nil, uses: Int = 1,
        lifeMilliseconds: Int64 = defaultLifeMilliseconds, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) throws(IdentityError) -> JoinToken {
        let lives = Self.lifeMillisecondsMin...Self.lifeMillisecondsMax
        guard (1...Self.usesMax).contains(uses), lives.contains(lifeMilliseconds) else {
            throw .badTokenTerms
        }
        if let name { _ = try NodeIdentity(role: role, name: name) }
        prune(nowUnixMs: nowUnixMs)
        guard entries.count < Self.tokensMax else { throw .tooManyTokens(limit: Self.tokensMax) }
        var token = JoinToken(pin: pin, random: &random)
        while index(of: token.id) != nil { token = JoinToken(pin: pin, random: &random) }
        let entry = Entry(
            id: token.id, proof: Self.proof(token), role: role, name: name,
            expiresUnixMs: nowUnixMs + lifeMilliseconds, usesLeft: uses)
        entries.insert(entry, at: entries.firstIndex { $0.id > token.id } ?? entries.count)
        return token
    }

    /// Uses a token up by one, for the bearer of `key`; the bearer of a key that it admitted
    /// before may repeat, at no cost.
    ///
    /// Only its last 64 keys are remembered for that.
    /// - Parameter key: the SHA-256 of the public key that joins.
    /// - Returns: what its bearer becomes.
    /// - Throws: ``IdentityError/unknownToken(id:)``, ``IdentityError/expiredToken(id:)``,
    ///   ``IdentityError/tokenForAnother(id:name:)`` or ``IdentityError/spentToken(id:)``; nothing
    ///   is used up then.
    public mutating func redeem(
        _ token: JoinToken, key: Domain.Digest, name: String, nowUnixMs: Int64
    ) throws(IdentityError) -> Role {
        guard let index = index(of: token.id), Self.isProven(token, by: entries[index].proof)
        else { throw .unknownToken(id: token.id) }
        let entry = entries[index]
        guard nowUnixMs < entry.expiresUnixMs else { throw .expiredToken(id: token.id) }
        if let only = entry.name, only != name {
            throw .tokenForAnother(id: token.id, name: only)
        }
        if entry.admitted.contains(key) { return entry.role }
        guard entry.usesLeft > 0 else { throw .spentToken(id: token.id) }
        entries[index].usesLeft -= 1
        entries[index].admitted.append(key)
        if entries[index].admitted.count > Self.repeatsMax {
            entries[index].admitted.removeFirst()
        }
        return entry.role
    }

    /// Whether the token was made for one name only, which it may then take from another machine.
    public func isBound(_ id: String) -> Bool {
        index(of: id).map { entries[$0].name != nil } ?? false
    }

    /// Ends a token; false when there is none of that id.
    @discardableResult
    public mutating func withdraw(id: String) -> Bool {
        guard let index = index(of: id) else { return false }
        entries.remove(at: index)
        return true
    }

    /// Forgets tokens that ended a day ago.
    public mutating func prune(nowUnixMs: Int64) {
        entries.removeAll { $0.expiresUnixMs + Self.memoryMilliseconds <= nowUnixMs }
    }

    private func index(of id: String) -> Int? { entries.firstIndex { $0.id == id } }

    private static func message(_ id: String) -> [UInt8] {
        Array("spokeshave join token \(id)".utf8)
    }

    private static func key(_ token: JoinToken) -> SymmetricKey {
        SymmetricKey(data: Array(token.secret.utf8))
    }

    private static func proof(_ token: JoinToken) -> Domain.Digest {
        let code = HMAC<SHA256>.authenticationCode(for: message(token.id), using: key(token))
        guard let digest = Domain.Digest(bytes: Array(code)) else {
            preconditionFailure("HMAC-SHA256 has 32 bytes")
        }
        return digest
    }

    /// Compares in constant time.
    private static func isProven(_ token: JoinToken, by proof: Domain.Digest) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            proof.bytes, authenticating: message(token.id), using: key(token))
    }

    // MARK: Storing

    /// Reads what was stored, in its bounds.
    public init(from decoder: any Decoder) throws {
        let stored = try decoder.singleValueContainer().decode([Entry].self)
        let isSound =
            stored.count <= Self.tokensMax
            && zip(stored, stored.dropFirst()).allSatisfy { $0.id < $1.id }
            && stored.allSatisfy { entry in
                (0...Self.usesMax).contains(entry.usesLeft)
                    && entry.admitted.count <= Self.repeatsMax
                    && entry.id.utf8.count == JoinToken.idLength
            }
        guard isSound else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "tokens out of bounds"))
        }
        entries = stored
    }

    /// Writes a list, ascending by id.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(entries)
    }
}
