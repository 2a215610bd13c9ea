import Domain

/// Where the bytes of a blob lie.
struct BlobLocation: Sendable {
    /// The store whose folder says so.
    let layout: BlobLayout
    /// Whether that store is the asking one, which alone may be changed.
    let isOwn: Bool
    let isReference: Bool
    /// The file that holds the bytes.
    let path: String
    let offset: Int
    let byteCount: Int
    let status: FileStatus

    /// The manifest on file; nil when there is none that belongs to `digest`.
    func recordedManifest(of digest: Digest) -> BlobManifest? {
        guard BlobManifest.chunkCount(ofBytes: byteCount) != 1 else { return nil }
        guard byteCount > 0 else { return BlobManifest(byteCount: 0, chunks: []) }
        let path = isReference ? layout.referenceManifest(digest) : layout.manifest(digest)
        let bytesMax = BlobManifest.canonicalByteCount(ofBytes: byteCount)
        guard let bytes = try? layout.bytes(of: path, atMost: bytesMax),
            let manifest = BlobManifest(canonicalBytes: bytes),
            manifest.byteCount == byteCount, manifest.digest == digest
        else { return nil }
        return manifest
    }
}
