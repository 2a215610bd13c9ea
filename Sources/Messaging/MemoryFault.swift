/// What happens to one message of the memory transport.
public enum MemoryFault: Sendable, Hashable {
    /// The message on its way.
    public enum Moment: Sendable, Hashable {
        case request, reply
    }

    /// The message arrives.
    case none
    /// The message is lost; the requester fails with `timedOut` at once, without the wait.
    case drop
    /// The message arrives twice. A second reply is discarded, as nng does.
    case duplicate
    /// The message is lost and the connection breaks: the requester fails with `connectionLost`,
    /// the replier hears of the departure, and the next request comes from a new peer.
    case disconnect
}
