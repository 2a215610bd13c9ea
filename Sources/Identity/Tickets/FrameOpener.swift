internal import Crypto
internal import Domain

/// The holder's end of blob connections: opens requests by their tickets, without asking anybody.
public struct FrameOpener: Sendable {
    /// Keys kept: the session's and those of the sessions before it, whose tickets still live.
    public static let keysMax = 4

    /// Newest first.
    private var keys: [TicketKey]

    /// A holder whose tickets are sealed under `key`.
    public init(_ key: TicketKey) {
        keys = [key]
    }

    /// A new session began: takes its key, and still opens tickets of the last three before it.
    public mutating func renew(_ key: TicketKey) {
        keys.insert(key, at: 0)
        if keys.count > Self.keysMax { keys.removeLast() }
    }

    /// Opens a request.
    ///
    /// - Parameter nowUnixMs: this holder's wall clock, in milliseconds since 1970.
    /// - Throws: ``IdentityError/plainFrame``, ``IdentityError/unknownTicket``,
    ///   ``IdentityError/expiredTicket(expiresUnixMs:nowUnixMs:)`` or
    ///   ``IdentityError/tamperedFrame``. ``IdentityError/frameRefusal`` of each is what to answer.
    public func open(
        _ frame: [UInt8], nowUnixMs: Int64
    ) throws(IdentityError) -> OpenedRequest {
        let start = BlobFrame.magic.count + 2
        guard frame.starts(with: BlobFrame.magic) else { throw .plainFrame }
        guard frame.count >= start else { throw .tamperedFrame }
        let length = Int(BigEndian.number(frame[BlobFrame.magic.count..<start]))
        guard length <= Limits.ticketBytesMax, frame.count >= start + length else {
            throw .tamperedFrame
        }
        let sealed = frame[start..<start + length]
        guard let ticket = openTicket(sealed) else { throw .unknownTicket }
        guard nowUnixMs < ticket.expiresUnixMs else {
            throw .expiredTicket(expiresUnixMs: ticket.expiresUnixMs, nowUnixMs: nowUnixMs)
        }
        let key = SymmetricKey(data: ticket.frameKey)
        let rest = frame[(start + length)...]
        guard
            let body = SealedBytes.open(
                rest, key: key, context: BlobFrame.requestLabel + sealed)
        else { throw .tamperedFrame }
        return OpenedRequest(
            rights: ticket.rights, body: body, key: key,
            nonce: Array(rest.prefix(SealedBytes.nonceBytes)))
    }

    private func openTicket(_ sealed: ArraySlice<UInt8>) -> Ticket? {
        for key in keys {
            if let ticket = key.open(sealed) { return ticket }
        }
        return nil
    }
}

/// A request that was opened: what it says, what its bearer may do, and the way to seal the reply.
public struct OpenedRequest: Sendable {
    /// What the ticket allows.
    public let rights: BlobRights
    /// The request's plain bytes.
    public let body: [UInt8]
    private let key: SymmetricKey
    private let nonce: [UInt8]

    init(rights: BlobRights, body: [UInt8], key: SymmetricKey, nonce: [UInt8]) {
        self.rights = rights
        self.body = body
        self.key = key
        self.nonce = nonce
    }

    /// Seals the reply, for this request only, under a nonce from `random`.
    public func seal(
        _ reply: [UInt8], random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var frame = BlobFrame.magic
        frame.reserveCapacity(reply.count + BlobFrame.replyOverhead)
        SealedBytes.append(
            reply, to: &frame, key: key, nonce: random.bytes(SealedBytes.nonceBytes),
            context: BlobFrame.replyLabel + nonce)
        return frame
    }
}
