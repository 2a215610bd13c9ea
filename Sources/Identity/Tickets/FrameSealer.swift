internal import Crypto
public import Domain

/// The reader's end of a blob connection: seals requests and opens their replies.
///
/// Request: "SB1" | u16 ticket length | ticket | nonce 12 | ciphertext and tag, bound to "request"
/// and the ticket. Reply: "SB1" | nonce 12 | ciphertext and tag, bound to "reply" and the request's
/// nonce. So a reply to another request, or a request with another ticket, never opens.
public struct FrameSealer: Sendable {
    /// When the pass ends, in milliseconds since 1970.
    public let expiresUnixMs: Int64

    private let key: SymmetricKey
    private let ticket: [UInt8]

    /// Works with `pass`.
    ///
    /// - Throws: ``IdentityError/malformedPass`` when its key has not 32 bytes, or its ticket more
    ///   than ``Domain/Limits/ticketBytesMax``.
    public init(pass: BlobPass) throws(IdentityError) {
        guard pass.key.count == TicketKey.byteCount, pass.ticket.count >= Ticket.emptyBytes,
            pass.ticket.count <= Limits.ticketBytesMax
        else { throw .malformedPass }
        key = SymmetricKey(data: pass.key)
        ticket = pass.ticket
        expiresUnixMs = pass.expiresUnixMs
    }

    /// Bytes that sealing adds to a request of this pass.
    public var requestOverhead: Int { BlobFrame.requestOverhead(ticketBytes: ticket.count) }

    /// Seals a request under a nonce from `random`.
    public func seal(
        _ request: [UInt8], random: inout some RandomNumberGenerator
    ) -> SealedRequest {
        let nonce = random.bytes(SealedBytes.nonceBytes)
        var frame = BlobFrame.magic
        frame.reserveCapacity(request.count + requestOverhead)
        frame += BigEndian.bytes(UInt16(ticket.count))
        frame += ticket
        SealedBytes.append(
            request, to: &frame, key: key, nonce: nonce,
            context: BlobFrame.requestLabel + ticket)
        return SealedRequest(frame: frame, nonce: nonce)
    }

    /// Opens the reply to `request`.
    ///
    /// - Throws: ``IdentityError/tamperedFrame``, or ``IdentityError/refusedFrame(_:)`` with the
    ///   holder's own sentence when it could not open the request (see ``BlobFrame``).
    public func open(
        _ reply: [UInt8], to request: SealedRequest
    ) throws(IdentityError) -> [UInt8] {
        if let refusal = FrameRefusal(decoding: reply) { throw .refusedFrame(refusal) }
        guard reply.starts(with: BlobFrame.magic),
            let plain = SealedBytes.open(
                reply[BlobFrame.magic.count...], key: key,
                context: BlobFrame.replyLabel + request.nonce)
        else { throw .tamperedFrame }
        return plain
    }
}

/// A sealed request on its way, and what is needed to open its reply.
public struct SealedRequest: Sendable {
    /// What goes to the holder.
    public let frame: [UInt8]
    let nonce: [UInt8]
}
