public import Blobs
public import Domain
import Foundation
import Identity
import Messaging
import Synchronization
import Wire

/// Serves the blobs of a store to peers, and takes blobs in where that is allowed.
///
/// With keys, requests must be sealed under a ticket of this holder, whose rights are kept; the
/// receive limit is ``Domain/Limits/blobRequestBytes`` then, so that strangers cannot make it
/// allocate. Without keys everybody who can connect may ask. Disk work happens on own threads;
/// nng's threads only enqueue.
public final class BlobServer: Sendable {
    /// Who may send blobs here.
    public enum Intake: Sendable {
        /// Nobody: a worker only serves what it holds.
        case closed
        /// Everybody who may put. `stored` hears of each new blob before its sender does, and
        /// says whether it took the news; a blob that is sent again is told again.
        case open(stored: @Sendable (BlobReference) -> Bool)
    }

    /// Requests that are worked on or whose replies are on their way.
    private static let contextsMax = 1_024

    private let store: BlobStore
    private let keys: HolderKeys?
    private let desk: IntakeDesk?
    private let inspector: BlobInspector
    private let damaged: @Sendable (Digest) -> Void
    private let queue = RequestQueue()
    private let replier = Mutex<Replier?>(nil)
    /// Where it serves, with the real port.
    public let address: String

    /// Starts serving.
    ///
    /// - Parameters:
    ///   - url: where to listen; port 0 takes any free one.
    ///   - store: what to serve.
    ///   - intake: whether blobs are taken in.
    ///   - keys: what opens tickets; nil, the default, serves plain requests, and only these.
    ///   - quota: what senders may claim at once.
    ///   - threads: how many requests are worked on at once; by default one for each core, 2 at
    ///     least and 8 at most.
    ///   - damaged: hears of each blob that was found damaged and put aside.
    public init(
        url: String, store: BlobStore, intake: Intake, keys: HolderKeys? = nil,
        quota: IntakeQuota = IntakeQuota(), threads: Int? = nil,
        damaged: @escaping @Sendable (Digest) -> Void = { _ in }
    ) throws {
        self.store = store
        self.keys = keys
        self.damaged = damaged
        inspector = BlobInspector(store, damaged: damaged)
        switch intake {
        case .closed: desk = nil
        case .open(let stored): desk = IntakeDesk(store, quota, stored: stored)
        }
        let (queue, desk) = (queue, desk)
        // Version 1 sends whole chunks, and knows no seals.
        let receiveLimit = keys == nil ? Limits.dataMessageBytes : Limits.blobRequestBytes
        // Strangers may come to a holder with keys: they wait outside until a ticket was opened.
        let isGuarded = keys != nil && url.hasPrefix("tcp")
        let listener =
            isGuarded ? ListenerSpecification.guarded(url: url) : ListenerSpecification(url: url)
        let replier = try Replier(
            listeners: [listener], receiveLimit: receiveLimit,
            replyLimit: Limits.dataMessageBytes, maximumContexts: Self.contextsMax,
            onRequest: { request in
                guard !queue.put(request) else { return }
                try? request.reply(Conversation.busyFrame, admits: false)
            }, onDisconnect: { desk?.disconnected($0) })
        address = replier.localURL
        self.replier.withLock { $0 = replier }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        for _ in 0..<(threads ?? min(8, max(2, cores))) {
            let thread = Thread { [weak self] in
                while let request = queue.take() {
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
        queue.close()
        inspector.close()
        let open = replier.withLock { slot in
            let open = slot
            slot = nil
            return open
        }
        open?.close()
    }

    /// Bytes that have been promised to senders and have not arrived yet.
    public var awaitedBytes: Int { desk?.awaitedBytes ?? 0 }

    private func answer(_ request: IncomingRequest) {
        // A reply that cannot be sent belongs to a peer that is gone.
        guard let keys else {
            try? request.reply(reply(to: request.body, from: request.peer, rights: nil))
            return
        }
        do {
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            let opened = try keys.open(request.body, nowUnixMs: now)
            let plain = reply(to: opened.body, from: request.peer, rights: opened.rights)
            var random = SystemRandomNumberGenerator()
            try? request.reply(opened.seal(plain, random: &random))
        } catch {
            let refusal = error.frameRefusal ?? .tamperedFrame
            try? request.reply(refusal.encoded, admits: false)
        }
    }

    private func reply(to body: [UInt8], from peer: PeerID, rights: BlobRights?) -> [UInt8] {
        let reply: BlobReply
        if keys == nil, body.starts(with: BlobFrame.magic) {
            reply = .refused(
                "This holder takes plain requests only: its cluster has no identities.",
                noSpace: false)
        } else {
            do {
                let request = try BlobRequest(decoding: body)
                reply = try refusal(of: request, under: rights) ?? respond(to: request, peer)
            } catch let error as BlobError {
                reply = self.reply(for: error)
            } catch {
                reply = .refused("\(error)", noSpace: false)
            }
        }
        return (try? reply.encoded()) ?? []
    }

    private func reply(for error: BlobError) -> BlobReply {
        switch error {
        case .missing: return .notHere
        case .corrupt(let digest, _, _):
            damaged(digest)
            return .notHere
        case .noSpace: return .refused(error.description, noSpace: true)
        default: return .refused(error.description, noSpace: false)
        }
    }

    /// Why the ticket does not allow the request; nil when it does.
    private func refusal(of request: BlobRequest, under rights: BlobRights?) -> BlobReply? {
        guard let rights else { return nil }
        let isAllowed =
            switch request {
            case .missing(let digests):
                rights.mayPut || rights.mayGetAny || digests.allSatisfy { rights.allowsGet($0) }
            case .manifest(let digest), .manifestPage(let digest, _), .chunk(let digest, _),
                .piece(let digest, _, _, _), .suspect(let digest):
                rights.allowsGet(digest)
            case .putBegin, .putManifest, .putChunk, .putPiece, .putCommit: rights.mayPut
            }
        return isAllowed
            ? nil
            : .refused(
                "The pass does not allow this: blobs are read by the leases that name them, and "
                    + "sent by whoever may submit or work.", noSpace: false)
    }

    private func respond(to request: BlobRequest, _ peer: PeerID) throws -> BlobReply {
        switch request {
        case .missing(let digests): return .missing(digests.filter { !store.noteUse(of: $0) })
        case .manifest(let digest):
            let manifest = try store.manifest(of: digest)
            guard manifest.chunks.count <= BlobReply.manifestPageMax else {
                return .refused("This blob's manifest is asked page by page.", noSpace: false)
            }
            return .manifest(manifest)
        case .manifestPage(let digest, let first):
            let manifest = try store.manifest(of: digest)
            let page = manifest.chunks.dropFirst(first).prefix(BlobReply.manifestPageMax)
            return .manifestPage(
                digest, byteCount: manifest.byteCount, first: first, Array(page))
        case .chunk(let digest, let index):
            return try read(digest, index, offset: 0, byteCount: Limits.chunkBytes)
        case .piece(let digest, let index, let offset, let byteCount):
            return try read(digest, index, offset: offset, byteCount: byteCount)
        case .suspect(let digest):
            inspector.note(digest)
            return .stored
        case .putBegin, .putManifest, .putChunk, .putPiece, .putCommit:
            guard let desk else {
                return .refused("This worker takes no blobs in.", noSpace: false)
            }
            return try desk.respond(to: request, peer)
        }
    }

    private func read(
        _ digest: Digest, _ index: Int, offset: Int, byteCount: Int
    ) throws -> BlobReply {
        do {
            return .chunk(
                try store.readPiece(digest, chunk: index, offset: offset, byteCount: byteCount))
        } catch {
            switch error {
            case .outOfRange, .system("read", _, _), .noSuchChunk:
                // Cut short, or a sector that cannot be read: somebody should look.
                inspector.note(digest)
                return .notHere
            default: throw error
            }
        }
    }
}
