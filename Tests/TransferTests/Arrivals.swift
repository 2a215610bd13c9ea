import Domain
import Synchronization

/// Blobs that a server has heard of.
final class Arrivals: Sendable {
    private let list = Mutex<[BlobReference]>([])

    var all: [BlobReference] { list.withLock { $0 } }

    func note(_ blob: BlobReference) { list.withLock { $0.append(blob) } }
}
