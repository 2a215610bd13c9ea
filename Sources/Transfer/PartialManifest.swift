import Domain
import Messaging
import Synchronization

/// Whose manifest of which blob.
struct ManifestKey: Hashable {
    let peer: PeerID
    let digest: Digest
}

/// A long manifest that has arrived in part.
struct PartialManifest {
    let byteCount: Int
    var chunks: [Digest] = []

    /// The manifest, once it is whole.
    var manifest: BlobManifest? { BlobManifest(byteCount: byteCount, chunks: chunks) }
}

/// Where a manifest goes on.
struct WantedPage: Error {
    let first: Int
}

extension IntakeDesk {
    /// Adds a page to a manifest; the whole one once all pages are there, or else which page is
    /// wanted next.
    func gather(
        _ key: ManifestKey, _ byteCount: Int, _ first: Int, _ page: [Digest]
    ) throws -> Result<BlobManifest, WantedPage> {
        try state.withLock { state in
            let count = BlobManifest.chunkCount(ofBytes: byteCount)
            let gathered = state.manifests.values.reduce(0) { $0 + $1.chunks.count }
            var part = state.manifests[key] ?? PartialManifest(byteCount: byteCount)
            if part.byteCount != byteCount { part = PartialManifest(byteCount: byteCount) }
            // The last page came before, and its sender was put off.
            if part.chunks.count == count, let whole = part.manifest { return .success(whole) }
            guard first == part.chunks.count, !page.isEmpty, page.count <= count - first else {
                return .failure(WantedPage(first: part.chunks.count))
            }
            guard gathered + page.count <= quota.manifestChunksMax else {
                throw TransferError.refused(
                    "Too many large blobs are being announced here at once; try again later.")
            }
            part.chunks += page
            state.manifests[key] = part
            guard part.chunks.count == count else {
                return .failure(WantedPage(first: part.chunks.count))
            }
            guard let whole = part.manifest, whole.digest == key.digest else {
                state.manifests[key] = nil
                throw TransferError.refused("The manifest is not that of the blob it names.")
            }
            return .success(whole)
        }
    }
}
