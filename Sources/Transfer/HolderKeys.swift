public import Identity
import Synchronization

/// What a holder opens tickets with, renewed while it serves.
///
/// Without any key every sealed request is refused as unknown, and every plain one as plain: a
/// worker of a cluster with identities serves nobody before its first session.
public final class HolderKeys: Sendable {
    private let opener: Mutex<FrameOpener?>

    /// Keys of a holder that has `key`, or none yet.
    public init(_ key: TicketKey? = nil) {
        opener = Mutex(key.map { FrameOpener($0) })
    }

    /// A new session began: takes its key, and still opens tickets of the last three before it.
    public func renew(_ key: TicketKey) {
        opener.withLock { opener in
            if opener == nil { opener = FrameOpener(key) } else { opener?.renew(key) }
        }
    }

    func open(_ frame: [UInt8], nowUnixMs: Int64) throws(IdentityError) -> OpenedRequest {
        guard let opener = opener.withLock({ $0 }) else {
            throw frame.starts(with: BlobFrame.magic) ? .unknownTicket : .plainFrame
        }
        return try opener.open(frame, nowUnixMs: nowUnixMs)
    }
}
