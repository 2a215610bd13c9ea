import Domain
import Foundation
import Identity
import Messaging
import Wire

/// Questions to one holder and its answers, sealed when there is a pass.
struct Conversation: Sendable {
    /// What a holder says in the clear when its queue is full.
    static let busyFrame = Array("SBL".utf8)
    /// How long a holder may put us off.
    private static let busyMax = Duration.seconds(300)

    let address: String
    let channel: any RequestChannel
    /// For one question, however often the connection breaks meanwhile.
    let timeout: Duration
    let passes: PassBook

    /// One question, asked again after a lost connection: all questions are idempotent.
    ///
    /// A connection that breaks again and again, or a peer that is silent, ends it after
    /// `timeout`; a peer that says that it is busy, after five minutes.
    func ask(_ request: BlobRequest) throws -> BlobReply {
        let plain = try request.encoded()
        let start = ContinuousClock.now
        var deadline = start + timeout
        var pause = 0.02
        var renewals = 0
        while true {
            let page = passes.page
            do {
                let rest = ContinuousClock.now.duration(to: deadline)
                let reply = try exchange(plain, page.sealer, max(rest, .milliseconds(1)))
                guard case .later(let milliseconds) = reply else { return try taken(reply) }
                guard start.duration(to: .now) < Self.busyMax else {
                    throw TransferError.busy(address: address)
                }
                Thread.sleep(forTimeInterval: Double(max(10, milliseconds)) / 1_000)
                // It lives, so its silence counts from now.
                deadline = .now + timeout
            } catch let error as MessagingError {
                guard case .connectionLost = error, .now < deadline else { throw error }
                Thread.sleep(forTimeInterval: pause)
                pause = min(1, pause * 2)
            } catch TransferError.passRefused(let address, let reason) {
                renewals += 1
                guard renewals <= 2, try passes.hasOther(than: page) else {
                    throw TransferError.passRefused(address: address, reason: reason)
                }
            }
        }
    }

    private func taken(_ reply: BlobReply) throws -> BlobReply {
        guard case .refused(let text, let noSpace) = reply else { return reply }
        throw noSpace ? TransferError.noSpace(text) : TransferError.refused(text)
    }

    private func exchange(
        _ plain: [UInt8], _ sealer: FrameSealer?, _ timeout: Duration
    ) throws -> BlobReply {
        guard let sealer else {
            let frame = try channel.request(plain, timeout: timeout)
            if frame == Self.busyFrame { return .later(milliseconds: 50) }
            try checkRefusal(frame)
            return try BlobReply(decoding: frame)
        }
        var random = SystemRandomNumberGenerator()
        let sealed = sealer.seal(plain, random: &random)
        let frame = try channel.request(sealed.frame, timeout: timeout)
        if frame == Self.busyFrame { return .later(milliseconds: 50) }
        try checkRefusal(frame)
        if !frame.starts(with: BlobFrame.magic),
            case .refused(let text, _)? = try? BlobReply(decoding: frame)
        {
            // Said in the clear, so it is believed no more than a broken connection.
            throw TransferError.passRefused(address: address, reason: text)
        }
        return try BlobReply(decoding: try sealer.open(frame, to: sealed))
    }

    /// Throws when the holder could not open the request.
    private func checkRefusal(_ frame: [UInt8]) throws {
        guard let refusal = FrameRefusal.allCases.first(where: { $0.encoded == frame }) else {
            return
        }
        throw TransferError.passRefused(
            address: address, reason: IdentityError.refusedFrame(refusal).description)
    }
}
