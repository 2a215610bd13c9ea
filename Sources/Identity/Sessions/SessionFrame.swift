internal import Crypto

/// A request of a session: who sends it is proven by a code that only the session's key can make.
///
/// Layout: 'S' | session 16 | counter u64 big-endian | HMAC-SHA256 32 | inner. The code covers the
/// session, the counter and the SHA-256 of the inner bytes.
public struct SessionFrame: Sendable {
    /// The first byte.
    public static let kind = UInt8(ascii: "S")
    /// Bytes in front of the inner request.
    public static let overhead = 1 + SessionID.byteCount + 8 + 32

    /// The session.
    public let session: SessionID
    /// Grows with every request of the session.
    public let counter: UInt64
    /// The request itself.
    public let inner: [UInt8]
    private let code: [UInt8]

    /// Reads a frame; nothing is believed until ``isAuthentic(under:)``.
    ///
    /// - Throws: ``IdentityError/malformedSessionFrame``.
    public init(decoding bytes: [UInt8]) throws(IdentityError) {
        guard bytes.count > Self.overhead, bytes[0] == Self.kind,
            let session = SessionID(bytes: bytes[1..<17])
        else { throw .malformedSessionFrame }
        self.session = session
        counter = BigEndian.number(bytes[17..<25])
        code = Array(bytes[25..<Self.overhead])
        inner = Array(bytes[Self.overhead...])
    }

    /// Whether the frame was made with `key`; takes the same time for every wrong code.
    public func isAuthentic(under key: SessionKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: Self.message(session, counter, inner), using: key.symmetric)
    }

    /// The bytes of a request.
    public static func encode(
        _ inner: [UInt8], session: SessionID, counter: UInt64, key: SessionKey
    ) -> [UInt8] {
        let code = HMAC<SHA256>.authenticationCode(
            for: message(session, counter, inner), using: key.symmetric)
        var bytes: [UInt8] = [kind]
        bytes.reserveCapacity(overhead + inner.count)
        bytes += session.bytes
        bytes += BigEndian.bytes(counter)
        bytes += code
        bytes += inner
        return bytes
    }

    private static func message(
        _ session: SessionID, _ counter: UInt64, _ inner: [UInt8]
    ) -> [UInt8] {
        session.bytes + BigEndian.bytes(counter) + Array(SHA256.hash(data: inner))
    }
}
