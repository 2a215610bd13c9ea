internal import Crypto
public import Domain

/// The key under which tickets for one holder of blobs are sealed: known to the holder and to the
/// coordinator, to nobody else.
public struct TicketKey: Sendable {
    /// Bytes of a key.
    public static let byteCount = 32

    private let key: SymmetricKey

    /// A key of its own; the coordinator draws one at its start for its own blobs.
    public init(random: inout some RandomNumberGenerator) {
        key = SymmetricKey(data: random.bytes(Self.byteCount))
    }

    /// The key that both ends of a session derive from its key: HKDF-SHA256 (RFC 5869), no salt,
    /// info "spokeshave blob tickets".
    public init(derivedFrom session: SessionKey) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: session.symmetric, info: Array("spokeshave blob tickets".utf8),
            outputByteCount: Self.byteCount)
    }

    /// Makes a pass: a fresh frame key, and the ticket with which the holder will know it.
    ///
    /// - Parameter expiresUnixMs: when the pass ends, in milliseconds since 1970.
    public func makePass(
        _ rights: BlobRights, expiresUnixMs: Int64, random: inout some RandomNumberGenerator
    ) -> BlobPass {
        let frameKey = random.bytes(Self.byteCount)
        let ticket = Ticket(frameKey: frameKey, rights: rights, expiresUnixMs: expiresUnixMs)
        var sealed: [UInt8] = []
        SealedBytes.append(
            ticket.encoded, to: &sealed, key: key, nonce: random.bytes(SealedBytes.nonceBytes),
            context: Ticket.context)
        return BlobPass(key: frameKey, ticket: sealed, expiresUnixMs: expiresUnixMs)
    }

    /// The inside of a ticket that was sealed with this key; nil for every other.
    func open(_ ticket: ArraySlice<UInt8>) -> Ticket? {
        SealedBytes.open(ticket, key: key, context: Ticket.context)
            .flatMap { Ticket(decoding: $0) }
    }
}
