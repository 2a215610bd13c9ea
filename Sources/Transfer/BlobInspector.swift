import Blobs
import Domain
import Foundation
import Messaging
import Synchronization

/// Looks, one after another, at blobs of which somebody got wrong bytes; a damaged one goes to
/// the quarantine folder, and `damaged` hears of it.
final class BlobInspector: Sendable {
    /// Blobs found whole are not looked at again for a while, whoever complains.
    private static let wholeMax = 1_024

    private let store: BlobStore
    private let damaged: @Sendable (Digest) -> Void
    private let waiting = Mailbox<Digest>(capacity: 256)
    private let known = Mutex<(asked: Set<Digest>, whole: [Digest: ContinuousClock.Instant])>(
        ([], [:]))

    init(_ store: BlobStore, damaged: @escaping @Sendable (Digest) -> Void) {
        self.store = store
        self.damaged = damaged
        let thread = Thread { [weak self, waiting] in
            while let digest = waiting.takeOne() { self?.inspect(digest) }
        }
        thread.name = "blob-inspector"
        thread.start()
    }

    func close() { waiting.close() }

    /// Notes that the blob may be damaged.
    func note(_ digest: Digest) {
        let isNew = known.withLock { known in
            let old = ContinuousClock.now - .seconds(600)
            if let last = known.whole[digest], last > old { return false }
            return known.asked.insert(digest).inserted
        }
        guard isNew, !waiting.put(digest) else { return }
        known.withLock { _ = $0.asked.remove(digest) }
    }

    private func inspect(_ digest: Digest) {
        var isWhole = false
        do {
            try store.verify(digest)
            isWhole = true
        } catch {
            if case .corrupt = error { damaged(digest) }
        }
        known.withLock { known in
            known.asked.remove(digest)
            if known.whole.count >= Self.wholeMax { known.whole = [:] }
            if isWhole { known.whole[digest] = .now }
        }
    }
}
