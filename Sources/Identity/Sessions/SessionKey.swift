internal import Crypto

/// The key that a node and the coordinator share for one session, 32 bytes.
public struct SessionKey: Sendable {
    /// Bytes of a key.
    public static let byteCount = 32

    /// The key itself: a secret that travels once, inside TLS.
    public let bytes: [UInt8]

    /// Takes exactly 32 bytes; nil otherwise.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// A new key.
    public init(random: inout some RandomNumberGenerator) {
        bytes = random.bytes(Self.byteCount)
    }

    var symmetric: SymmetricKey { SymmetricKey(data: bytes) }
}

extension SessionKey: CustomStringConvertible {
    /// Says nothing of the secret.
    public var description: String { "SessionKey(secret)" }
}

/// Names a session: 16 random bytes.
public struct SessionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Bytes of a session's name.
    public static let byteCount = 16

    private let high: UInt64
    private let low: UInt64

    /// Takes exactly 16 bytes; nil otherwise.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        high = BigEndian.number(bytes.prefix(8))
        low = BigEndian.number(bytes.dropFirst(8))
    }

    /// A new name.
    public init(random: inout some RandomNumberGenerator) {
        high = random.next()
        low = random.next()
    }

    /// The 16 bytes.
    public var bytes: [UInt8] { BigEndian.bytes(high) + BigEndian.bytes(low) }

    /// Orders as big-endian numbers.
    public static func < (left: SessionID, right: SessionID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// Its first half, in hexadecimal: enough for people.
    public var description: String { String(high, radix: 16) }
}
