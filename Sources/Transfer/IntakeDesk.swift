import Blobs
import Domain
import Foundation
import Messaging
import Synchronization
import Wire

/// Takes blobs in: which are on their way, for whom, and how much room they still need.
final class IntakeDesk: Sendable {
    struct OpenReceipt {
        enum Stage {
            /// What an earlier try left is being hashed.
            case opening
            case open(ChunkedReceipt)
            case committing(ChunkedReceipt)
        }

        var stage: Stage
        let peer: PeerID
        let byteCount: Int
        var lastUse: ContinuousClock.Instant

        /// Bytes still to come.
        var awaitedBytes: Int {
            switch stage {
            case .opening: byteCount
            case .open(let receipt), .committing(let receipt): receipt.missingBytes
            }
        }
    }

    struct State {
        var open: [Digest: OpenReceipt] = [:]
        var manifests: [ManifestKey: PartialManifest] = [:]
    }

    /// Receipts that nobody has touched for so long make room, and resume from their part file
    /// if their sender comes back.
    private static let idleMax = Duration.seconds(60)

    let store: BlobStore
    let quota: IntakeQuota
    let state = Mutex(State())
    private let stored: @Sendable (BlobReference) -> Bool

    init(
        _ store: BlobStore, _ quota: IntakeQuota,
        stored: @escaping @Sendable (BlobReference) -> Bool
    ) {
        self.store = store
        self.quota = quota
        self.stored = stored
    }

    var awaitedBytes: Int {
        state.withLock { $0.open.values.reduce(0) { $0 + $1.awaitedBytes } }
    }

    /// What a connection had begun may make room at once; it may also come back and go on.
    func disconnected(_ peer: PeerID) {
        let longAgo = ContinuousClock.now.advanced(by: .zero - Self.idleMax * 2)
        state.withLock { state in
            for (digest, receipt) in state.open where receipt.peer == peer {
                state.open[digest]?.lastUse = longAgo
            }
            state.manifests = state.manifests.filter { $0.key.peer != peer }
        }
    }

    func respond(to request: BlobRequest, _ peer: PeerID) throws -> BlobReply {
        switch request {
        case .putBegin(let manifest): return try begin(manifest, peer)
        case .putManifest(let digest, let byteCount, let first, let chunks):
            let key = ManifestKey(peer: peer, digest: digest)
            switch try gather(key, byteCount, first, chunks) {
            case .success(let manifest):
                let reply = try begin(manifest, peer)
                if case .wanted = reply { state.withLock { $0.manifests[key] = nil } }
                return reply
            case .failure(let wanted): return .manifestWanted(first: wanted.first)
            }
        case .putChunk(let digest, let index, let content):
            return try write(to: digest) { try $0.write(chunk: index, content) }
        case .putPiece(let digest, let index, let offset, let content):
            return try write(to: digest) { try $0.write(chunk: index, offset: offset, content) }
        case .putCommit(let digest): return try commit(digest)
        default: return .refused("This is no request to take a blob in.", noSpace: false)
        }
    }

    // MARK: Beginning

    private func begin(_ manifest: BlobManifest, _ peer: PeerID) throws -> BlobReply {
        let digest = manifest.digest
        if store.noteUse(of: digest) { return announce(manifest) }
        enum Entry {
            case known(ChunkedReceipt)
            case fresh
            case busy
        }
        let free = try store.diskSpace()
        let entry = try state.withLock { (state) throws -> Entry in
            switch state.open[digest]?.stage {
            case .open(let receipt):
                state.open[digest]?.lastUse = .now
                return .known(receipt)
            case .opening, .committing: return .busy
            case nil: break
            }
            guard try admit(manifest, peer, free, &state) else { return .busy }
            state.open[digest] = OpenReceipt(
                stage: .opening, peer: peer, byteCount: manifest.byteCount, lastUse: .now)
            return .fresh
        }
        switch entry {
        case .known(let receipt): return .wanted(receipt.missingChunks, complete: false)
        case .busy: return .later(milliseconds: 100)
        case .fresh: return try open(manifest)
        }
    }

    /// Whether there is room for one more; false asks the sender to wait, a throw refuses it.
    private func admit(
        _ manifest: BlobManifest, _ peer: PeerID, _ disk: DiskSpace, _ state: inout State
    ) throws -> Bool {
        if (try? fits(manifest, peer, disk, state)) == true { return true }
        let old = ContinuousClock.now - Self.idleMax
        state.open = state.open.filter { $0.value.lastUse > old }
        return try fits(manifest, peer, disk, state)
    }

    private func fits(
        _ manifest: BlobManifest, _ peer: PeerID, _ disk: DiskSpace, _ state: State
    ) throws -> Bool {
        let all = state.open.values
        let own = all.filter { $0.peer == peer }
        let ownBytes = own.reduce(0) { $0 + $1.byteCount }
        guard manifest.byteCount <= quota.bytesPerConnectionMax - ownBytes else {
            throw TransferError.refused(
                "One connection may have \(quota.bytesPerConnectionMax) bytes on their way at "
                    + "once; send the blobs one after another.")
        }
        let bytes = all.reduce(0) { $0 + $1.byteCount }
        guard own.count < quota.receiptsPerConnectionMax, all.count < quota.receiptsMax,
            manifest.byteCount <= quota.bytesMax - bytes
        else { return false }
        let promised = all.reduce(0) { $0 + $1.awaitedBytes }
        let room = disk.freeBytes - (quota.floorBytes ?? disk.floorBytes) - promised
        let kept = min(manifest.byteCount, store.partialBytes(of: manifest.digest))
        let needed = manifest.byteCount - kept
        guard needed <= room else {
            throw BlobError.noSpace(path: store.root.path, neededBytes: needed - max(0, room))
        }
        return true
    }

    /// What an earlier try has left must be hashed first, and its sender shall not wait for an
    /// answer meanwhile.
    private func open(_ manifest: BlobManifest) throws -> BlobReply {
        guard store.partialBytes(of: manifest.digest) > 16 * Limits.chunkBytes else {
            return .wanted(try openNow(manifest).missingChunks, complete: false)
        }
        let thread = Thread { [weak self] in _ = try? self?.openNow(manifest) }
        thread.name = "blob-resume"
        thread.start()
        return .later(milliseconds: 200)
    }

    private func openNow(_ manifest: BlobManifest) throws -> ChunkedReceipt {
        do {
            let receipt = try store.receive(manifest, synced: true)
            state.withLock { $0.open[manifest.digest]?.stage = .open(receipt) }
            return receipt
        } catch {
            state.withLock { _ = $0.open.removeValue(forKey: manifest.digest) }
            throw error
        }
    }

    // MARK: Writing

    private func write(
        to digest: Digest, _ body: (ChunkedReceipt) throws -> Void
    ) throws -> BlobReply {
        let found = state.withLock { state -> OpenReceipt.Stage? in
            state.open[digest]?.lastUse = .now
            return state.open[digest]?.stage
        }
        switch found {
        case .open(let receipt), .committing(let receipt):
            do { try body(receipt) } catch let error as BlobError {
                if case .wrongChunk = error { throw error }
                if case .noSuchChunk = error { throw error }
                abandon(receipt, of: digest)
                throw error
            }
            return .stored
        case .opening: return .later(milliseconds: 100)
        case nil: return store.contains(digest) ? .stored : .notHere
        }
    }

    /// A disk that is full or fails shall not keep half a blob.
    private func abandon(_ receipt: ChunkedReceipt, of digest: Digest) {
        try? receipt.discard()
        state.withLock { _ = $0.open.removeValue(forKey: digest) }
    }

    // MARK: Ending

    private func commit(_ digest: Digest) throws -> BlobReply {
        let found = state.withLock { state -> OpenReceipt.Stage? in
            guard let stage = state.open[digest]?.stage else { return nil }
            if case .open(let receipt) = stage {
                state.open[digest]?.stage = .committing(receipt)
                state.open[digest]?.lastUse = .now
            }
            return stage
        }
        switch found {
        case .open(let receipt): return try commit(receipt, digest)
        case .opening, .committing: return .later(milliseconds: 100)
        case nil:
            // Committed before, and the answer was lost; or another sender was first.
            guard let count = try? store.byteCount(of: digest) else { return .notHere }
            return tell(BlobReference(digest: digest, byteCount: count), then: .stored)
        }
    }

    private func commit(_ receipt: ChunkedReceipt, _ digest: Digest) throws -> BlobReply {
        let blob: BlobReference
        do { blob = try receipt.commit() } catch BlobError.incomplete {
            state.withLock { $0.open[digest]?.stage = .open(receipt) }
            return .wanted(receipt.missingChunks, complete: false)
        } catch {
            abandon(receipt, of: digest)
            throw error
        }
        state.withLock { _ = $0.open.removeValue(forKey: digest) }
        return tell(blob, then: .stored)
    }

    private func announce(_ manifest: BlobManifest) -> BlobReply {
        tell(
            BlobReference(digest: manifest.digest, byteCount: manifest.byteCount),
            then: .wanted([], complete: true))
    }

    /// The sender hears of it only after the owner of this desk has taken the news.
    private func tell(_ blob: BlobReference, then reply: BlobReply) -> BlobReply {
        stored(blob) ? reply : .later(milliseconds: 200)
    }
}
