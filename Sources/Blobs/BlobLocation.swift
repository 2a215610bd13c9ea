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

    /// What tells this very copy, unchanged, from any other.
    var stamp: CopyStamp {
        CopyStamp(
            path: path, inode: status.inode, modifiedNanoseconds: status.modifiedNanoseconds)
    }

    /// The manifest on file; nil when there is none that belongs to `digest`.
    func recordedManifest(of digest: Digest) -> BlobManifest? {
        guard BlobManifest.chunkCount(ofBytes: byteCount) != 1 else { return nil }
        guard byteCount > 0 else {
            return BlobManifest(byteCount: 0, chunks: []).flatMap { $0.digest == digest ? $0 : nil }
        }
        let bytesMax = BlobManifest.canonicalByteCount(ofBytes: byteCount)
        guard let bytes = try? layout.bytes(of: manifestPath(of: digest), atMost: bytesMax),
            let manifest = BlobManifest(canonicalBytes: bytes),
            manifest.byteCount == byteCount, manifest.digest == digest
        else { return nil }
        return manifest
    }

    /// Where the manifest lies, if there is one.
    func manifestPath(of digest: Digest) -> String {
        isReference ? layout.referenceManifest(digest) : layout.manifest(digest)
    }
}

/// A copy of a blob as it was when it was looked at.
struct CopyStamp: Hashable, Sendable {
    let path: String
    let inode: UInt64
    let modifiedNanoseconds: Int
}

/// What is known of a blob that was hashed.
struct VerifiedCopy: Sendable {
    let stamp: CopyStamp
    /// Of a blob of one chunk, that chunk's digest: such blobs have no manifest on file.
    let onlyChunk: Digest?
}
