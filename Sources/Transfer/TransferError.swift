public import Domain

/// Why a blob could not be moved.
public enum TransferError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No holder gave it.
    case unavailable(Digest, lastReason: String)
    /// The other side refused.
    case refused(String)
    /// The other side does not take our pass (any more): a new one is needed.
    case passRefused(address: String, reason: String)
    /// The other side has no room.
    case noSpace(String)
    /// The other side was too busy for too long.
    case busy(address: String)
    /// The other side answered something else than was asked.
    case protocolViolation(String)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .unavailable(let digest, let reason):
            "The blob \(digest.short) could not be had from any holder: \(reason)"
        case .refused(let text), .noSpace(let text): text
        case .passRefused(let address, let reason):
            "\(address) did not take the pass for its blobs: \(reason)"
        case .busy(let address):
            "\(address) has been too busy to take the request for minutes; try again later."
        case .protocolViolation(let address):
            "\(address) gave an answer that does not belong to the question: is it a Spokeshave "
                + "of this version?"
        }
    }
}
