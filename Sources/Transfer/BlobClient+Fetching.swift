public import Blobs
public import Domain
import Messaging
import Wire

extension BlobClient {
    /// Bytes of one reply: large enough to keep a fast network busy, small enough that a broken
    /// connection costs little.
    private static let replyBytes = 1 << 20

    /// Brings a blob into `store`, resuming what an earlier try left; every chunk is verified.
    ///
    /// - Throws: ``TransferError``, or ``Blobs/BlobError/wrongChunk(_:chunk:)`` when the server's
    ///   bytes are wrong; what has arrived stays for the next try. When the disk is full nothing
    ///   stays.
    public func fetch(
        _ digest: Digest, into store: BlobStore, synced: Bool, pass: BlobPass? = nil
    ) throws {
        if store.contains(digest) { return }
        let receipt = try store.receive(
            try manifest(of: digest, pass: pass), synced: synced)
        try fill(receipt, pass: pass)
        _ = try receipt.commit()
    }

    /// Fetches the chunks that a receipt still lacks; several sources may do so one after another.
    public func fill(_ receipt: ChunkedReceipt, pass: BlobPass? = nil) throws {
        let talk = try conversation(pass)
        do { try fill(receipt, talk) } catch let error as BlobError {
            if case .noSpace = error { try? receipt.discard() }
            throw error
        }
    }

    private func fill(_ receipt: ChunkedReceipt, _ talk: Conversation) throws {
        let manifest = receipt.manifest
        let missing = receipt.missingChunks
        guard missing.count > 1 else {
            for index in missing {
                let share = budget.take(manifest.range(ofChunk: index).count)
                try receipt.write(chunk: index, Self.chunk(index, of: manifest, talk))
                withExtendedLifetime(share) {}
            }
            return
        }
        let crew = LaneCrew<(index: Int, share: Share)>(
            lanes: min(lanes, missing.count), name: "blob-fetch"
        ) { job in
            try receipt.write(chunk: job.index, Self.chunk(job.index, of: manifest, talk))
        }
        var failure: (any Error)?
        for index in missing where failure == nil {
            // Taken before the job is handed over: no lane waits for memory.
            let share = budget.take(manifest.range(ofChunk: index).count)
            do { try crew.put((index, share)) } catch { failure = error }
        }
        try crew.finish()
    }

    /// One chunk, not verified.
    private static func chunk(
        _ index: Int, of manifest: BlobManifest, _ talk: Conversation
    ) throws -> [UInt8] {
        let digest = manifest.digest
        let count = manifest.range(ofChunk: index).count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let wanted = min(replyBytes, count - bytes.count)
            let reply = try talk.ask(
                .piece(digest, index: index, offset: bytes.count, byteCount: wanted))
            guard case .chunk(let piece) = reply else {
                guard reply == .notHere else {
                    throw TransferError.protocolViolation(talk.address)
                }
                throw TransferError.unavailable(
                    digest, lastReason: "\(talk.address) no longer holds it.")
            }
            guard piece.count == wanted else {
                throw TransferError.protocolViolation(talk.address)
            }
            bytes += piece
        }
        return bytes
    }

    /// Streams a blob to `write`, chunk by chunk in their order, every chunk verified; for
    /// outputs that need no store.
    public func stream(
        _ digest: Digest, pass: BlobPass? = nil, to write: ([UInt8]) throws -> Void
    ) throws {
        let talk = try conversation(pass)
        let manifest = try manifest(of: digest, talk)
        guard manifest.chunks.count > 1 else {
            for index in manifest.chunks.indices {
                try write(Self.verifiedChunk(index, of: manifest, talk))
            }
            return
        }
        try stream(manifest, talk, to: write)
    }

    private func stream(
        _ manifest: BlobManifest, _ talk: Conversation, to write: ([UInt8]) throws -> Void
    ) throws {
        let arrived = Monitor<[Int: Result<[UInt8], any Error>]>([:])
        let lanes = min(lanes, manifest.chunks.count)
        let crew = LaneCrew<(index: Int, share: Share)>(lanes: lanes, name: "blob-stream") { job in
            let result = Result { try Self.verifiedChunk(job.index, of: manifest, talk) }
            arrived.change { $0[job.index] = result }
        }
        defer { try? crew.finish() }
        var shares: [Int: Share] = [:]
        var next = 0
        for index in manifest.chunks.indices {
            while next < min(index + lanes, manifest.chunks.count) {
                let count = manifest.range(ofChunk: next).count
                // Who holds memory must not wait for more: two streams might wait for each other.
                guard let share = next == index ? budget.take(count) : budget.tryToTake(count)
                else { break }
                shares[next] = share
                try crew.put((next, share))
                next += 1
            }
            _ = arrived.wait { $0[index] != nil }
            var result: Result<[UInt8], any Error>?
            arrived.change { result = $0.removeValue(forKey: index) }
            if let bytes = try result?.get() { try write(bytes) }
            shares[index] = nil
        }
    }

    private static func verifiedChunk(
        _ index: Int, of manifest: BlobManifest, _ talk: Conversation
    ) throws -> [UInt8] {
        let bytes = try chunk(index, of: manifest, talk)
        guard Digest(sha256Of: bytes) == manifest.chunks[index] else {
            // The holder looks at its copy then, and puts it aside if it is damaged.
            _ = try? talk.ask(.suspect(manifest.digest))
            throw TransferError.unavailable(
                manifest.digest,
                lastReason: "\(talk.address) gave wrong bytes for chunk \(index).")
        }
        return bytes
    }
}
