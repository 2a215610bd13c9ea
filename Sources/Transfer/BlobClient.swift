import Blobs
public import Domain
import Foundation
import Messaging
import Wire

/// Fetches blobs from one holder, and sends blobs to it, chunk by chunk, with several requests
/// under way.
///
/// Methods block; call them on own threads. Several threads may share a client. Each transfer
/// takes a pass of its own, or the client's; without any it goes in the clear, which only holders
/// of clusters without identities accept.
public final class BlobClient: Sendable {
    /// Where the holder serves.
    public let address: String

    private let channel: any RequestChannel
    private let timeout: Duration
    private let passes: PassBook
    let lanes: Int
    let budget: ByteBudget

    /// A client of the server at `address`.
    ///
    /// - Parameters:
    ///   - pass: shown with each request that brings none of its own; none by default.
    ///   - timeout: for one question, i.e. 1 MiB at most. The default is 20 s.
    ///   - lanes: requests under way at once for one transfer. The default is 4.
    ///   - budget: what bounds the bytes held in memory; that of the process by default.
    ///   - renewal: called for a new pass when the holder refuses the client's; none by default.
    public init(
        address: String, pass: BlobPass? = nil, timeout: Duration = .seconds(20),
        lanes: Int = 4, budget: ByteBudget = .shared,
        renewal: (@Sendable () throws -> BlobPass?)? = nil
    ) throws {
        precondition(lanes > 0)
        self.address = address
        self.timeout = timeout
        self.lanes = lanes
        self.budget = budget
        passes = try PassBook(pass, renewal: renewal)
        channel = try Requester(
            url: address, receiveLimit: Limits.dataMessageBytes, name: "blobs")
    }

    /// Replaces the client's pass; transfers under way go on with it.
    public func use(_ pass: BlobPass?) throws { try passes.replace(pass) }

    /// Ends the connection.
    public func close() { channel.close() }

    /// Those of `digests` that the server does not hold. What it holds, it will keep for at
    /// least an hour.
    public func missing(_ digests: [Digest], pass: BlobPass? = nil) throws -> [Digest] {
        let talk = try conversation(pass)
        var missing: [Digest] = []
        for start in stride(from: 0, to: digests.count, by: BlobRequest.digestsMax) {
            let end = min(start + BlobRequest.digestsMax, digests.count)
            guard case .missing(let page) = try talk.ask(.missing(Array(digests[start..<end])))
            else { throw TransferError.protocolViolation(address) }
            missing += page
        }
        return missing
    }

    /// A blob's manifest.
    ///
    /// - Throws: ``TransferError/unavailable(_:lastReason:)`` when the server does not hold it.
    public func manifest(of digest: Digest, pass: BlobPass? = nil) throws -> BlobManifest {
        try manifest(of: digest, conversation(pass))
    }

    /// Tells the server that it gave wrong bytes: it will look at the blob soon, and put it aside
    /// if it is damaged.
    public func suspect(_ digest: Digest, pass: BlobPass? = nil) throws {
        _ = try conversation(pass).ask(.suspect(digest))
    }

    func conversation(_ pass: BlobPass?) throws -> Conversation {
        Conversation(
            address: address, channel: channel, timeout: timeout,
            passes: pass == nil ? passes : try PassBook(pass))
    }

    func manifest(of digest: Digest, _ talk: Conversation) throws -> BlobManifest {
        var chunks: [Digest] = []
        while true {
            let reply = try talk.ask(.manifestPage(digest, first: chunks.count))
            guard case .manifestPage(_, let byteCount, let first, let page) = reply else {
                guard reply == .notHere else { throw TransferError.protocolViolation(address) }
                throw TransferError.unavailable(
                    digest, lastReason: "\(address) does not hold it.")
            }
            guard first == chunks.count else { throw TransferError.protocolViolation(address) }
            chunks += page
            if let manifest = BlobManifest(byteCount: byteCount, chunks: chunks) {
                guard manifest.digest == digest else {
                    throw TransferError.protocolViolation(address)
                }
                return manifest
            }
            guard !page.isEmpty, chunks.count < BlobManifest.chunkCount(ofBytes: byteCount) else {
                throw TransferError.protocolViolation(address)
            }
        }
    }
}
