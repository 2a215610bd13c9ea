public import Domain
import Foundation
import Synchronization

/// A blob that arrives chunk by chunk, in any order and from several threads at once.
///
/// What has arrived is kept in `tmp/<hex>.part` until the commit, also when this object is
/// dropped or the process dies; the next receipt of the same blob goes on from there.
public final class ChunkedReceipt: Sendable {
    /// What is being received.
    public let manifest: BlobManifest
    private let digest: Digest
    private let store: BlobStore
    private let synced: Bool
    private let file: BlobFile
    private let present: Mutex<[Bool]>

    init(store: BlobStore, manifest: BlobManifest, synced: Bool) throws(BlobError) {
        self.store = store
        self.manifest = manifest
        self.synced = synced
        let digest = manifest.digest
        self.digest = digest
        let file = try BlobFile(resuming: store.layout.partial(digest))
        let old = try file.status()
        if old.byteCount != manifest.byteCount { try file.resize(to: manifest.byteCount) }
        let present = try Self.verifiedChunks(of: manifest, in: file)
        let missing = zip(present, 0...).reduce(0) {
            $1.0 ? $0 : $0 + manifest.range(ofChunk: $1.1).count
        }
        // Asked of the folder: another receipt of the same blob may have published the file.
        let free = try SystemCall.freeBytes(at: store.layout.temporaryFolder)
        guard missing <= free else {
            throw .noSpace(path: file.path, neededBytes: missing - free)
        }
        self.file = file
        self.present = Mutex(present)
    }

    /// The chunks still to come, in ascending order.
    public var missingChunks: [Int] {
        present.withLock { flags in flags.indices.filter { !flags[$0] } }
    }

    /// Takes one chunk; one that is already there is not written again.
    ///
    /// - Throws: ``BlobError/wrongChunk(_:chunk:)`` when the bytes are not the manifest's.
    public func write(chunk index: Int, _ bytes: RawSpan) throws(BlobError) {
        guard manifest.chunks.indices.contains(index) else {
            throw .noSuchChunk(digest, chunk: index, chunkCount: manifest.chunks.count)
        }
        let range = manifest.range(ofChunk: index)
        guard bytes.byteCount == range.count else { throw .wrongChunk(digest, chunk: index) }
        if present.withLock({ $0[index] }) { return }
        guard Digest(sha256Of: bytes) == manifest.chunks[index] else {
            throw .wrongChunk(digest, chunk: index)
        }
        try file.write(bytes, at: range.lowerBound)
        present.withLock { $0[index] = true }
    }

    /// Takes one chunk.
    public func write(chunk index: Int, _ bytes: [UInt8]) throws(BlobError) {
        try write(chunk: index, bytes.rawBytes)
    }

    /// Puts the blob into the store; nothing happens when it is already there.
    ///
    /// - Throws: ``BlobError/incomplete(_:missingChunks:)`` while chunks are missing.
    public func commit() throws(BlobError) -> BlobReference {
        let missing = missingChunks.count
        guard missing == 0 else { throw .incomplete(digest, missingChunks: missing) }
        return try store.publish(file, manifest: manifest, synced: synced)
    }

    /// Gives up: deletes what has arrived.
    public func discard() throws(BlobError) {
        try SystemCall.removeFile(file.path)
    }

    private static func verifiedChunks(
        of manifest: BlobManifest, in file: borrowing BlobFile
    ) throws(BlobError) -> [Bool] {
        var present: [Bool] = []
        for (index, digest) in manifest.chunks.enumerated() {
            let range = manifest.range(ofChunk: index)
            // Chunks that never came are holes of the file; they need no hashing.
            guard file.hasData(in: range) else {
                present.append(false)
                continue
            }
            let bytes = try file.read(at: range.lowerBound, byteCount: range.count)
            present.append(Digest(sha256Of: bytes.rawBytes) == digest)
        }
        return present
    }
}
