public import Domain
import Foundation

/// A blob that is being written; it appears in its store at commit, and leaves nothing behind
/// when it is dropped before. One thread at a time may use it.
public final class BlobWriter {
    private let store: BlobStore
    private let expectedBytes: Int?
    private let synced: Bool
    private let file: BlobFile
    /// For blobs whose length nobody knows yet.
    private var hasher: BlobHasher?
    /// The chunks that were read back and hashed, several at once, otherwise.
    private var digests: [Digest] = []
    private var flushedBytes = 0
    private var pending: [UInt8] = []
    private var isOver = false
    // Small pieces are gathered, so that a tensor written row by row makes few calls.
    private static let pendingBytesMax = 256 << 10

    init(store: BlobStore, expectedBytes: Int?, synced: Bool) throws(BlobError) {
        if let expectedBytes, expectedBytes > Limits.blobBytesMax {
            throw .tooLong(byteCount: expectedBytes)
        }
        self.store = store
        self.expectedBytes = expectedBytes
        self.synced = synced
        hasher = expectedBytes == nil ? BlobHasher() : nil
        file = try BlobFile(creating: store.layout.temporaryFolder + "/" + TemporaryName.make())
        if let expectedBytes, expectedBytes > 0 {
            do {
                try file.reserve(expectedBytes)
            } catch {
                try? SystemCall.removeFile(file.path)
                throw error
            }
        }
    }

    deinit {
        if !isOver { try? SystemCall.removeFile(file.path) }
    }

    /// How many bytes have been appended.
    public private(set) var byteCount = 0

    /// Appends bytes.
    ///
    /// - Throws: ``BlobError/noSpace(path:neededBytes:)``, or
    ///   ``BlobError/tooLong(byteCount:)`` over the limit of a blob.
    public func append(_ bytes: RawSpan) throws(BlobError) {
        precondition(!isOver, "the writer has committed")
        let total = byteCount + bytes.byteCount
        guard total <= Limits.blobBytesMax else { throw .tooLong(byteCount: total) }
        if bytes.byteCount + pending.count > Self.pendingBytesMax { try flush() }
        if bytes.byteCount >= Self.pendingBytesMax {
            try file.append(bytes)
            flushedBytes += bytes.byteCount
            try hashGroups()
        } else {
            pending.append(copying: bytes)
        }
        hasher?.update(bytes)
        byteCount = total
    }

    /// Appends bytes.
    public func append(_ bytes: [UInt8]) throws(BlobError) {
        try append(bytes.rawBytes)
    }

    /// Puts the blob into the store under its name; an identical one that is already there is
    /// kept. The writer is over after this, also when it throws.
    public func commit() throws(BlobError) -> BlobReference {
        try Self.commit([self])[0]
    }

    /// Commits several blobs, in order, and hashes what is left of them together, which is faster
    /// than one after another. All the writers are over after this; when it throws, the blobs
    /// before the one that failed are in the store.
    public static func commit(_ writers: [BlobWriter]) throws(BlobError) -> [BlobReference] {
        defer { for writer in writers { writer.close() } }
        var rest: [FileRange] = []
        for writer in writers {
            try writer.complete()
            rest += writer.unhashed
        }
        var digests = try BlobFile.digests(of: rest)[...]
        var blobs: [BlobReference] = []
        for writer in writers {
            let count = writer.unhashed.count
            writer.digests += digests.prefix(count)
            digests = digests.dropFirst(count)
            blobs.append(try writer.publish())
        }
        return blobs
    }

    private func complete() throws(BlobError) {
        precondition(!isOver, "the writer has committed")
        try flush()
        if let expectedBytes, expectedBytes != byteCount {
            throw .lengthMismatch(path: file.path, expected: expectedBytes, actual: byteCount)
        }
    }

    /// The chunks that have no digest yet; all are on file.
    private var unhashed: [FileRange] {
        guard hasher == nil else { return [] }
        return file.chunks(of: digests.count * Limits.chunkBytes..<byteCount)
    }

    private func publish() throws(BlobError) -> BlobReference {
        let manifest = hasher?.finish() ?? BlobManifest(byteCount: byteCount, chunks: digests)
        guard let manifest else { preconditionFailure("each chunk has a digest") }
        return try store.publish(file, manifest: manifest, synced: synced)
    }

    private func close() {
        isOver = true
        // After a rename there is nothing under this name any more.
        try? SystemCall.removeFile(file.path)
    }

    private func flush() throws(BlobError) {
        guard !pending.isEmpty else { return }
        let full = pending
        pending = []
        try file.append(full.rawBytes)
        flushedBytes += full.count
        try hashGroups()
    }

    /// Hashes what was written as soon as all lanes are full: it is in memory still.
    private func hashGroups() throws(BlobError) {
        let group = ChunkLanes.countMax * Limits.chunkBytes
        guard hasher == nil else { return }
        let hashed = digests.count * Limits.chunkBytes
        let ready = (flushedBytes - hashed) / group * group
        if ready > 0 { digests += try file.chunkDigests(hashed..<hashed + ready) }
    }
}
