public import Blobs
public import Domain
import Foundation
import Messaging
import Synchronization
import Wire

/// Serves the blobs of a store to peers, and takes blobs in where that is allowed.
///
/// Disk work happens on own threads; nng's threads only enqueue.
public final class BlobServer: Sendable {
    /// Who may send blobs here.
    public enum Intake: Sendable {
        /// Nobody: a worker only serves what it holds.
        case closed
        /// Everybody who is connected; `stored` hears of each new blob.
        case open(stored: @Sendable (BlobReference) -> Void)
    }

    private let store: BlobStore
    private let intake: Intake
    private let mailbox = Mailbox<IncomingRequest>(capacity: 256)
    private struct OpenReceipt {
        let receipt: ChunkedReceipt
        var lastUse: ContinuousClock.Instant
    }

    /// Uploads under way at most; those that nobody has touched for ten minutes make room, and
    /// resume from their part file if their sender comes back.
    private static let receiptsMax = 1_024
    private let receipts = Mutex<[Digest: OpenReceipt]>([:])
    private let replier = Mutex<Replier?>(nil)
    /// Where it serves, with the real port.
    public let address: String

    /// Starts serving.
    ///
    /// - Parameters:
    ///   - url: where to listen; port 0 takes any free one.
    ///   - store: what to serve.
    ///   - intake: whether blobs are taken in.
    ///   - threads: how many requests are worked on at once. The default is 2.
    public init(url: String, store: BlobStore, intake: Intake, threads: Int = 2) throws {
        self.store = store
        self.intake = intake
        let mailbox = mailbox
        let replier = try Replier(
            url: url, receiveLimit: Limits.dataMessageBytes,
            onRequest: { request in
                // A request that does not fit is dropped unanswered; the peer asks again.
                mailbox.put(request)
            }, onDisconnect: { _ in })
        address = replier.localURL
        self.replier.withLock { $0 = replier }
        for _ in 0..<threads {
            let thread = Thread { [weak self] in
                while let request = mailbox.takeOne() {
                    guard let server = self else { return }
                    server.answer(request)
                }
            }
            thread.name = "blob-server"
            thread.start()
        }
    }

    /// Stops serving.
    public func close() {
        mailbox.close()
        let open = replier.withLock { slot in
            let open = slot
            slot = nil
            return open
        }
        open?.close()
    }

    private func answer(_ request: IncomingRequest) {
        var reply: BlobReply
        do {
            reply = try respond(to: BlobRequest(decoding: request.body))
        } catch let error as BlobError {
            reply = Self.reply(for: error)
        } catch {
            reply = .refused("\(error)", noSpace: false)
        }
        // A reply that cannot be sent belongs to a peer that is gone.
        if let bytes = try? reply.encoded() { try? request.reply(bytes) }
    }

    private static func reply(for error: BlobError) -> BlobReply {
        switch error {
        case .missing: .notHere
        case .noSpace: .refused(error.description, noSpace: true)
        default: .refused(error.description, noSpace: false)
        }
    }

    private func respond(to request: BlobRequest) throws -> BlobReply {
        switch request {
        case .missing(let digests):
            return .missing(digests.filter { !store.contains($0) })
        case .manifest(let digest):
            return .manifest(try store.manifest(of: digest))
        case .chunk(let digest, let index):
            return .chunk(try store.readChunk(digest, index: index))
        case .putBegin(let manifest): return try begin(manifest)
        case .putChunk(let digest, let index, let content):
            guard let receipt = receipt(for: digest) else {
                return store.contains(digest) ? .stored : .notHere
            }
            try receipt.write(chunk: index, content)
            return .stored
        case .putCommit(let digest): return try commit(digest)
        }
    }

    private func begin(_ manifest: BlobManifest) throws -> BlobReply {
        guard case .open = intake else {
            return .refused("This worker takes no blobs in.", noSpace: false)
        }
        let digest = manifest.digest
        if store.contains(digest) { return .wanted([], complete: true) }
        let receipt = try receipts.withLock { open in
            if let known = open[digest] { return known.receipt }
            let old = ContinuousClock.now - .seconds(600)
            if open.count >= Self.receiptsMax { open = open.filter { $0.value.lastUse > old } }
            guard open.count < Self.receiptsMax else {
                throw TransferError.refused("Too many blobs are being sent here at once.")
            }
            let receipt = try store.receive(manifest, synced: true)
            open[digest] = OpenReceipt(receipt: receipt, lastUse: .now)
            return receipt
        }
        return .wanted(receipt.missingChunks, complete: false)
    }

    private func receipt(for digest: Digest) -> ChunkedReceipt? {
        receipts.withLock { open in
            open[digest]?.lastUse = .now
            return open[digest]?.receipt
        }
    }

    private func commit(_ digest: Digest) throws -> BlobReply {
        guard let receipt = receipt(for: digest) else {
            return store.contains(digest) ? .stored : .notHere
        }
        let blob = try receipt.commit()
        receipts.withLock { $0[digest] = nil }
        if case .open(let stored) = intake { stored(blob) }
        return .stored
    }
}
