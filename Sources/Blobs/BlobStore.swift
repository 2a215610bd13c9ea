public import Domain
public import Foundation
import Synchronization

/// Blobs by their names in a folder.
///
/// Layout below the root: `blobs/ab/<hex>` holds a blob's bytes and `blobs/ab/<hex>.m` its
/// manifest when it has more than one chunk; `references/ab/<hex>` says where in which file the
/// bytes of a blob lie that was hashed but not copied; `tmp` holds what is being written,
/// `quarantine` what was found wrong.
///
/// Methods may be called from any thread, and several processes may use one root at once: files
/// appear whole by a rename and are never changed afterwards. Removing a blob that another
/// process has mapped is harmless. When a blob was last used is kept as its file's access time,
/// set at most once a minute; its modification time stays the time of writing.
public final class BlobStore: Sendable {
    /// When ``BlobStore/openVerified(_:)`` hashes a blob before it hands it out.
    public enum Verification: Sendable {
        /// Once per process, unless this store object wrote the blob or the file is younger
        /// than the store's start (then whoever wrote it has just hashed it). Again when the
        /// file was changed since, as far as its modification time tells.
        case onFirstUse
        /// Never: somebody else has, e.g. the parent process.
        case trusted
    }

    /// The store's own folder.
    public let root: URL
    /// When blobs are verified.
    public let verification: Verification

    let layout: BlobLayout
    let alternates: [BlobLayout]
    /// The room on the disk, in place of what the system says.
    let assumedDisk: DiskSpace?
    let startNanoseconds: Int
    /// Copies whose bytes were hashed or written by this object.
    let verified = Mutex<[Digest: VerifiedCopy]>([:])
    /// Copies of alternates that were found damaged.
    let distrusted = Mutex<Set<CopyStamp>>([])
    /// Names in the quarantine folder that ``takeDamaged()`` has told.
    let seenQuarantine = Mutex<Set<String>>([])
    /// Fan-out folders whose names are durable.
    let durableFolders = Mutex<Set<String>>([])
    /// Where the scrub goes on; nil before its first call.
    let scrubCursor = Mutex<ScrubCursor?>(nil)

    /// Opens the store in `root`, and makes its folders if need be.
    ///
    /// - Parameters:
    ///   - alternates: roots of other stores on this host, read only; none by default.
    ///   - verification: `.onFirstUse` by default.
    ///   - start: files that were written later need no verification; now by default.
    ///   - disk: the room on the disk, for tests; the system's word by default.
    public init(
        root: URL, alternates: [URL] = [], verification: Verification = .onFirstUse,
        start: Date = Date(),
        assuming disk: DiskSpace? = nil
    ) throws(BlobError) {
        self.root = root
        self.verification = verification
        assumedDisk = disk
        layout = BlobLayout(root: root.standardizedFileURL.path)
        self.alternates = alternates.map { BlobLayout(root: $0.standardizedFileURL.path) }
        startNanoseconds = FileStatus.nanoseconds(of: start)
        try layout.makeFolders()
        let old = try layout.names(in: layout.quarantineFolder)
        seenQuarantine.withLock { $0 = Set(old) }
    }

    /// Whether the blob can be opened here: own, by reference, or from an alternate.
    public func contains(_ digest: Digest) -> Bool {
        (try? locate(digest)) != nil
    }

    /// The blob's length in bytes.
    public func byteCount(of digest: Digest) throws(BlobError) -> Int {
        try locate(digest).byteCount
    }

    /// Maps the blob without verifying it: from the own store, else by an own reference, else
    /// from the alternates in their order.
    public func open(_ digest: Digest) throws(BlobError) -> MappedBlob {
        try map(try locate(digest), touching: true)
    }

    /// Maps the blob after verifying it as ``verification`` says.
    ///
    /// A damaged own copy is put aside, a damaged one of an alternate is not asked again; as long
    /// as another place has the blob whole, that one is mapped instead.
    public func openVerified(_ digest: Digest) throws(BlobError) -> MappedBlob {
        var failure = BlobError.missing(digest)
        for place in places {
            do {
                guard let location = try locate(digest, in: place) else { continue }
                if needsVerification(digest, at: location) { try verify(digest, at: location) }
                return try map(location, touching: true)
            } catch {
                if case .missing = failure { failure = error }
            }
        }
        throw failure
    }

    /// The blob's manifest. That of a blob of one chunk is computed from its bytes; a lost
    /// manifest file is made anew.
    public func manifest(of digest: Digest) throws(BlobError) -> BlobManifest {
        let location = try locate(digest)
        if let chunk = known(digest, at: location)?.onlyChunk,
            let manifest = BlobManifest(byteCount: location.byteCount, chunks: [chunk])
        {
            return manifest
        }
        if let recorded = location.recordedManifest(of: digest) { return recorded }
        return try verify(digest, at: location)
    }

    /// Hashes the whole blob. An own copy or reference that is wrong is moved to the
    /// quarantine folder; the error names it.
    public func verify(_ digest: Digest) throws(BlobError) {
        try verify(digest, at: try locate(digest))
    }

    /// Starts a blob whose bytes come piece by piece.
    ///
    /// - Parameters:
    ///   - expectedBytes: the whole length, when it is known: room is taken at once, and
    ///     another length is an error at commit.
    ///   - synced: whether the commit survives a power cut.
    public func makeWriter(
        expectedBytes: Int? = nil, synced: Bool
    ) throws(BlobError) -> BlobWriter {
        try BlobWriter(store: self, expectedBytes: expectedBytes, synced: synced)
    }

    /// Stores a blob that is in memory.
    public func store(_ bytes: [UInt8], synced: Bool) throws(BlobError) -> BlobReference {
        let writer = try makeWriter(expectedBytes: bytes.count, synced: synced)
        try writer.append(bytes)
        return try writer.commit()
    }

    /// Starts or resumes receiving a blob chunk by chunk; chunks that an earlier receipt left
    /// behind are verified again and kept.
    public func receive(
        _ manifest: BlobManifest, synced: Bool
    ) throws(BlobError) -> ChunkedReceipt {
        try ChunkedReceipt(store: self, manifest: manifest, synced: synced)
    }

    /// Bytes of disk that an unfinished receipt of the blob has taken.
    public func partialBytes(of digest: Digest) -> Int {
        (try? FileStatus(of: layout.partial(digest)))?.allocatedBytes ?? 0
    }

    /// The bytes of one chunk, not verified (the receiver does that); at most
    /// ``Domain/Limits/chunkBytes``.
    public func readChunk(_ digest: Digest, index: Int) throws(BlobError) -> [UInt8] {
        try readPiece(digest, chunk: index, offset: 0, byteCount: Limits.chunkBytes)
    }

    /// A part of one chunk, not verified: `byteCount` bytes at `offset` of the chunk, or what
    /// there is of them.
    public func readPiece(
        _ digest: Digest, chunk index: Int, offset: Int, byteCount: Int
    ) throws(BlobError) -> [UInt8] {
        let location = try locate(digest)
        let count = BlobManifest.chunkCount(ofBytes: location.byteCount)
        guard index >= 0, index < count else {
            throw .noSuchChunk(digest, chunk: index, chunkCount: count)
        }
        let start = index * Limits.chunkBytes
        let chunkBytes = min(Limits.chunkBytes, location.byteCount - start)
        guard offset >= 0, offset <= chunkBytes, byteCount >= 0 else {
            throw .outOfRange(
                path: location.path, offset: offset, byteCount: byteCount, fileBytes: chunkBytes)
        }
        touch(location)
        let file = try BlobFile(reading: location.path)
        return try file.read(
            at: location.offset + start + offset, byteCount: min(byteCount, chunkBytes - offset))
    }

    /// Says that the blob is wanted, as an opening would; false when it is not here.
    public func noteUse(of digest: Digest) -> Bool {
        guard let location = try? locate(digest) else { return false }
        touch(location)
        return true
    }
}
