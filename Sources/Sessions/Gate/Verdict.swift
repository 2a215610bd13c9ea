internal import Wire

/// What is to be done with a frame.
public enum Verdict: Sendable, Equatable {
    /// This is the answer. If the book has changed, it is stored first.
    case answer([UInt8])
    /// A request of `Principal`: its inner bytes begin with 'W' or 'C'. The inner answer goes
    /// through the wrap.
    case deliver(Principal, inner: [UInt8], wrap: ReplyWrap)
    /// Not worth an answer: the bytes are none of ours.
    case drop
}

/// Turns the answer to an inner request into what goes back.
public enum ReplyWrap: Sendable, Hashable {
    /// The answer as it is.
    case plain
    /// Behind the first byte that tells it from a problem of the session.
    case session

    /// What goes back for the inner answer.
    public func wrap(_ inner: [UInt8]) -> [UInt8] {
        switch self {
        case .plain: inner
        case .session: [SessionEnvelope.reply] + inner
        }
    }
}
