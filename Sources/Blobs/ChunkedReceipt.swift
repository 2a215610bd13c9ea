public import Domain
import Foundation
import Synchronization

/// A blob that arrives chunk by chunk or in smaller pieces, in any order and from several threads
/// at once.
///
/// What has arrived is kept in `tmp/<hex>.part` until the commit, also when this object is
/// dropped or the process dies; the next receipt of the same blob goes on from there. While one
/// receipt has that file, another of the same blob keeps what it gets in a file of its own, which
/// goes with it.
public final class ChunkedReceipt: Sendable {
    private struct Progress {
        var present: [Bool]
        var partial: [Int: PieceMap] = [:]
        var missingBytes: Int
        var unsyncedBytes = 0
        /// A failed sync may have lost bytes that were written before.
        var hasLostBytes = false
    }

    /// Bytes after which a durable receipt is written to disk, so that its commit is quick.
    private static let unsyncedBytesMax = 128 << 20

    /// What is being received.
    public let manifest: BlobManifest
    private let digest: Digest
    private let store: BlobStore
    private let synced: Bool
    private let part: PartFile
    private let progress: Mutex<Progress>

    init(store: BlobStore, manifest: BlobManifest, synced: Bool) throws(BlobError) {
        self.store = store
        self.manifest = manifest
        self.synced = synced
        let digest = manifest.digest
        self.digest = digest
        let part = try PartFile(of: digest, in: store.layout)
        do {
            let present = try Self.chunks(
                of: manifest, in: part.file, freeBytes: { () throws(BlobError) in
                    try store.diskSpace().freeBytes
                })
            let missing = present.indices.reduce(0) {
                present[$1] ? $0 : $0 + manifest.range(ofChunk: $1).count
            }
            progress = Mutex(Progress(present: present, missingBytes: missing))
        } catch {
            // What was kept before may still serve; a file without anything does not.
            if part.isEmpty { try? SystemCall.removeFile(part.file.path) }
            throw error
        }
        self.part = part
    }

    /// The chunks still to come, in ascending order.
    public var missingChunks: [Int] {
        progress.withLock { state in state.present.indices.filter { !state.present[$0] } }
    }

    /// Bytes of the chunks still to come.
    public var missingBytes: Int { progress.withLock(\.missingBytes) }

    /// Takes one chunk; one that is already there is not written again.
    ///
    /// - Throws: ``BlobError/wrongChunk(_:chunk:)`` when the bytes are not the manifest's.
    public func write(chunk index: Int, _ bytes: RawSpan) throws(BlobError) {
        let range = try range(ofChunk: index)
        guard bytes.byteCount == range.count else { throw .wrongChunk(digest, chunk: index) }
        if progress.withLock({ $0.present[index] }) { return }
        guard Digest(sha256Of: bytes) == manifest.chunks[index] else {
            throw .wrongChunk(digest, chunk: index)
        }
        // A chunk that comes in pieces too is left to these: a late piece might spoil it.
        let isFree = progress.withLock { $0.partial[index]?.isUntouched ?? true }
        guard isFree else { return }
        try part.file.write(bytes, at: range.lowerBound)
        try finish(index, range.count)
    }

    /// Takes one chunk.
    public func write(chunk index: Int, _ bytes: [UInt8]) throws(BlobError) {
        try write(chunk: index, bytes.rawBytes)
    }

    /// Takes a piece of a chunk: ``Domain/Limits/pieceBytes`` at a multiple of that, or the
    /// chunk's shorter end. The chunk is hashed, as it lies in the file, once all its pieces are
    /// there.
    ///
    /// - Throws: ``BlobError/wrongChunk(_:chunk:)`` when the piece cannot be one, or when the
    ///   chunk turns out wrong; all of its pieces are wanted again then.
    public func write(chunk index: Int, offset: Int, _ bytes: [UInt8]) throws(BlobError) {
        let range = try range(ofChunk: index)
        guard offset >= 0, offset < range.count, offset % Limits.pieceBytes == 0,
            bytes.count == min(Limits.pieceBytes, range.count - offset)
        else { throw .wrongChunk(digest, chunk: index) }
        let piece = offset / Limits.pieceBytes
        let isOurs = progress.withLock { state in
            if state.present[index] { return false }
            return state.partial[index, default: PieceMap(chunkBytes: range.count)].claim(piece)
        }
        // The sender repeats what it lost the answer to; the first one counts.
        guard isOurs else { return }
        do {
            try part.file.write(bytes.rawBytes, at: range.lowerBound + offset)
        } catch {
            progress.withLock { $0.partial[index]?.settle(piece, written: false) }
            throw error
        }
        let isWhole = progress.withLock { state in
            state.partial[index]?.settle(piece, written: true)
            return state.partial[index]?.isWhole ?? false
        }
        if isWhole { try check(index, range) }
    }

    /// Hashes a chunk whose pieces are all there. Nobody writes to it meanwhile, because every
    /// piece of it is taken.
    private func check(_ index: Int, _ range: Range<Int>) throws(BlobError) {
        let content: [UInt8]
        do { content = try part.file.read(at: range.lowerBound, byteCount: range.count) } catch {
            progress.withLock { _ = $0.partial.removeValue(forKey: index) }
            throw error
        }
        guard Digest(sha256Of: content.rawBytes) == manifest.chunks[index] else {
            progress.withLock { _ = $0.partial.removeValue(forKey: index) }
            throw .wrongChunk(digest, chunk: index)
        }
        try finish(index, range.count)
    }

    private func finish(_ index: Int, _ byteCount: Int) throws(BlobError) {
        let mustSync = progress.withLock { state in
            state.partial.removeValue(forKey: index)
            guard !state.present[index] else { return false }
            state.present[index] = true
            state.missingBytes -= byteCount
            state.unsyncedBytes += byteCount
            guard synced, state.unsyncedBytes >= Self.unsyncedBytesMax else { return false }
            state.unsyncedBytes = 0
            return true
        }
        guard mustSync else { return }
        do { try part.file.sync() } catch {
            progress.withLock { $0.hasLostBytes = true }
            throw error
        }
    }

    /// Puts the blob into the store; nothing happens when it is already there.
    ///
    /// - Throws: ``BlobError/incomplete(_:missingChunks:)`` while chunks are missing. After any
    ///   other error what has arrived is deleted: it may not be on the disk.
    public func commit() throws(BlobError) -> BlobReference {
        let missing = missingChunks.count
        guard missing == 0 else { throw .incomplete(digest, missingChunks: missing) }
        if progress.withLock(\.hasLostBytes) {
            try discard()
            throw .system(call: "fdatasync", path: part.file.path, errorNumber: EIO)
        }
        return try store.publish(part.file, manifest: manifest, synced: synced)
    }

    /// Gives up: deletes what has arrived.
    public func discard() throws(BlobError) {
        try SystemCall.removeFile(part.file.path)
    }

    private func range(ofChunk index: Int) throws(BlobError) -> Range<Int> {
        guard manifest.chunks.indices.contains(index) else {
            throw .noSuchChunk(digest, chunk: index, chunkCount: manifest.chunks.count)
        }
        return manifest.range(ofChunk: index)
    }

    /// Gives the file its length; which chunks it holds already, as long as there is room for
    /// the others.
    private static func chunks(
        of manifest: BlobManifest, in file: borrowing BlobFile,
        freeBytes: () throws(BlobError) -> Int
    ) throws(BlobError) -> [Bool] {
        if try file.status().byteCount != manifest.byteCount {
            try file.resize(to: manifest.byteCount)
        }
        let present = try verifiedChunks(of: manifest, in: file)
        let missing = present.indices.reduce(0) {
            present[$1] ? $0 : $0 + manifest.range(ofChunk: $1).count
        }
        let free = try freeBytes()
        guard missing <= free else {
            throw .noSpace(path: file.path, neededBytes: missing - free)
        }
        return present
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
