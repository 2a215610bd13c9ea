/// What the holder of a certificate or of a session may do.
public enum Role: String, Sendable, Codable, CaseIterable {
    /// Lease tasks, report results and move the blobs that its leases name.
    case worker
    /// Submit and cancel jobs, send models and fetch results, and see everything.
    case submitter
    /// See jobs, tasks and workers; read no weights.
    case viewer
    /// Everything that people may do, and drain workers, make tokens and backups.
    case admin
}

/// Permission to move blobs to or from one holder, made by the coordinator for one reader.
///
/// The holder can open the ticket by itself, so that nobody has to be asked on the way.
public struct BlobPass: Hashable, Sendable, Codable {
    /// The key of all frames between the two, 32 bytes.
    public let key: [UInt8]
    /// The key and what it allows, sealed for the holder; at most ``Limits/ticketBytesMax``.
    public let ticket: [UInt8]
    /// When it ends, in milliseconds since 1970.
    public let expiresUnixMs: Int64

    /// A pass from its parts.
    public init(key: [UInt8], ticket: [UInt8], expiresUnixMs: Int64) {
        self.key = key
        self.ticket = ticket
        self.expiresUnixMs = expiresUnixMs
    }
}

/// Why a session's frame was not taken.
public enum SessionProblem: Hashable, Sendable {
    /// The session is not known (any more): open a new one.
    case unknownSession
    /// The frame is refused for good; the sentence says why and what to do.
    case refused(String)
    /// Ask again after a while.
    case later(milliseconds: Int64, String)
}
