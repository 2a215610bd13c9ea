public import Blobs
public import Domain
import Foundation
import Messaging
import Wire

/// Fetches blobs from one holder, and sends blobs to it, chunk by chunk.
///
/// Methods block; call them on own threads. Several threads may share a client.
public final class BlobClient: Sendable {
    private let channel: any RequestChannel
    private let address: String
    private let timeout: Duration

    /// A client of the server at `address`.
    ///
    /// - Parameter timeout: for one chunk. The default is 20 s.
    public init(address: String, timeout: Duration = .seconds(20)) throws {
        self.address = address
        self.timeout = timeout
        channel = try Requester(
            url: address, receiveLimit: Limits.dataMessageBytes, name: "blobs")
    }

    /// Ends the connection.
    public func close() { channel.close() }

    /// Those of `digests` that the server does not hold.
    public func missing(_ digests: [Digest]) throws -> [Digest] {
        var missing: [Digest] = []
        for start in stride(from: 0, to: digests.count, by: Limits.digestsPerMessageMax) {
            let end = min(start + Limits.digestsPerMessageMax, digests.count)
            guard case .missing(let page) = try ask(.missing(Array(digests[start..<end]))) else {
                throw TransferError.protocolViolation(address)
            }
            missing += page
        }
        return missing
    }

    /// Brings a blob into `store`, resuming what an earlier try left; every chunk is verified.
    public func fetch(_ digest: Digest, into store: BlobStore, synced: Bool) throws {
        if store.contains(digest) { return }
        guard case .manifest(let manifest) = try ask(.manifest(digest)) else {
            throw TransferError.unavailable(digest, lastReason: "\(address) does not hold it.")
        }
        guard manifest.digest == digest else {
            throw TransferError.protocolViolation(address)
        }
        let receipt = try store.receive(manifest, synced: synced)
        for index in receipt.missingChunks {
            guard case .chunk(let bytes) = try ask(.chunk(digest, index: index)) else {
                throw TransferError.unavailable(
                    digest, lastReason: "\(address) no longer holds it.")
            }
            try receipt.write(chunk: index, bytes)
        }
        _ = try receipt.commit()
    }

    /// Streams a blob to `write`, every chunk verified; for outputs that need no store.
    public func stream(_ digest: Digest, to write: ([UInt8]) throws -> Void) throws {
        guard case .manifest(let manifest) = try ask(.manifest(digest)) else {
            throw TransferError.unavailable(digest, lastReason: "\(address) does not hold it.")
        }
        guard manifest.digest == digest else {
            throw TransferError.protocolViolation(address)
        }
        for (index, expected) in manifest.chunks.enumerated() {
            guard case .chunk(let bytes) = try ask(.chunk(digest, index: index)) else {
                throw TransferError.unavailable(
                    digest, lastReason: "\(address) no longer holds it.")
            }
            guard Digest(sha256Of: bytes) == expected else {
                throw TransferError.unavailable(
                    digest, lastReason: "\(address) gave wrong bytes for chunk \(index).")
            }
            try write(bytes)
        }
    }

    /// Sends a blob; what the server has already is not sent again.
    ///
    /// - Parameter chunk: gives the bytes of a chunk.
    public func send(
        _ manifest: BlobManifest, chunk: (Int) throws -> [UInt8]
    ) throws {
        // Another sender of the same blob, or a restart of the server, may end what we began.
        for _ in 0..<3 where try sendOnce(manifest, chunk: chunk) { return }
        throw TransferError.protocolViolation(address)
    }

    /// False when the server forgot the upload in its middle.
    private func sendOnce(
        _ manifest: BlobManifest, chunk: (Int) throws -> [UInt8]
    ) throws -> Bool {
        guard case .wanted(let wanted, let complete) = try ask(.putBegin(manifest)) else {
            throw TransferError.protocolViolation(address)
        }
        if complete { return true }
        let digest = manifest.digest
        for index in wanted {
            guard manifest.chunks.indices.contains(index) else {
                throw TransferError.protocolViolation(address)
            }
            let reply = try ask(.putChunk(digest, index: index, try chunk(index)))
            if reply == .notHere { return false }
            guard reply == .stored else { throw TransferError.protocolViolation(address) }
        }
        let reply = try ask(.putCommit(digest))
        guard reply == .stored || reply == .notHere else {
            throw TransferError.protocolViolation(address)
        }
        return reply == .stored
    }

    /// Sends a blob of `store`.
    public func send(_ digest: Digest, from store: BlobStore) throws {
        try send(try store.manifest(of: digest)) { try store.readChunk(digest, index: $0) }
    }

    /// One question, asked again after a lost connection: all questions are idempotent.
    private func ask(_ request: BlobRequest) throws -> BlobReply {
        let bytes = try request.encoded()
        var tries = 0
        while true {
            do {
                let reply = try BlobReply(
                    decoding: try channel.request(bytes, timeout: timeout))
                if case .refused(let text, let noSpace) = reply {
                    throw noSpace ? TransferError.noSpace(text) : TransferError.refused(text)
                }
                return reply
            } catch let error as MessagingError where error.isRetryable && tries < 2 {
                tries += 1
            }
        }
    }
}
