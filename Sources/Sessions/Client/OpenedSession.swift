public import Identity

/// A session that was just opened, as its node sees it.
public struct OpenedSession: Sendable {
    /// Its name.
    public let id: SessionID
    /// Under which the coordinator seals tickets for this node's blobs; give it to the
    /// ``Identity/FrameOpener`` before the next request.
    public let ticketKey: TicketKey
    /// When it ends, in milliseconds since 1970; the channel then opens another by itself.
    public let expiresUnixMs: Int64
    /// When a new certificate is due, in milliseconds since 1970.
    public let renewDueUnixMs: Int64
    let key: SessionKey
}
