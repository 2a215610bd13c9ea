/// The fixed parts of sealed frames between a reader and a holder of blobs.
public enum BlobFrame {
    /// The first three bytes of every sealed frame.
    public static let magic = Array("SB1".utf8)
    /// Bytes that sealing adds to a reply.
    public static let replyOverhead = magic.count + SealedBytes.overhead

    /// Bytes that sealing adds to a request with a ticket of that length.
    public static func requestOverhead(ticketBytes: Int) -> Int {
        magic.count + 2 + ticketBytes + SealedBytes.overhead
    }

    static let requestLabel = Array("request".utf8)
    static let replyLabel = Array("reply".utf8)
}

/// Why a holder did not open a request; it travels in the clear, as "SBX" and one byte, because
/// the two share no key then.
///
/// A reader may believe it no more than a broken connection: anybody on the way can forge it.
public enum FrameRefusal: UInt8, Sendable, Equatable, CaseIterable {
    /// The holder takes sealed frames only.
    case plainFrame = 1
    /// The ticket was made for another holder, or before this one restarted: get a new pass.
    case unknownTicket = 2
    /// The ticket has ended: get a new pass.
    case expiredTicket = 3
    /// The frame is damaged.
    case tamperedFrame = 4

    private static let magic = Array("SBX".utf8)

    /// The frame that says so.
    public var encoded: [UInt8] { Self.magic + [rawValue] }

    /// Reads a refusal; nil when the frame is none.
    init?(decoding frame: [UInt8]) {
        guard frame.count == Self.magic.count + 1, frame.starts(with: Self.magic) else {
            return nil
        }
        self.init(rawValue: frame[Self.magic.count])
    }
}
