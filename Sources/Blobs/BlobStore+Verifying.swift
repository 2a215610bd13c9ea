import Domain
import Foundation
import Synchronization

extension BlobStore {
    /// What hashing a copy has shown.
    enum Condition {
        /// All bytes are right.
        case sound(BlobManifest)
        /// Some are not; `chunk` is the first wrong one, when that is known.
        case wrong(chunk: Int?)
    }

    /// Bytes that are read at once while a blob is hashed.
    private static let stepBytes = 512 << 10

    func needsVerification(_ digest: Digest, at location: BlobLocation) -> Bool {
        guard verification == .onFirstUse else { return false }
        if known(digest, at: location) != nil { return false }
        // Whoever wrote it since this store was opened has hashed it, and nobody wrote after; an
        // alternate's files are written like our own, on this host.
        let isFresh =
            !location.isReference
            && location.status.modifiedNanoseconds > startNanoseconds
            && location.status.bearsMark(of: digest)
        return !isFresh
    }

    /// What is known of this very copy since the store was opened.
    func known(_ digest: Digest, at location: BlobLocation) -> VerifiedCopy? {
        let found = verified.withLock { $0[digest] }
        return found?.stamp == location.stamp ? found : nil
    }

    /// Hashes the copy; puts an own one aside when it is wrong.
    @discardableResult
    func verify(_ digest: Digest, at location: BlobLocation) throws(BlobError) -> BlobManifest {
        switch try examine(digest, at: location) {
        case .sound(let manifest):
            remember(manifest, of: digest, at: location)
            return manifest
        case .wrong(let chunk):
            try condemn(digest, at: location)
            throw .corrupt(digest, path: location.path, chunk: chunk)
        }
    }

    /// Hashes the copy and changes nothing.
    func examine(_ digest: Digest, at location: BlobLocation) throws(BlobError) -> Condition {
        let file = try BlobFile(reading: location.path)
        let found: [Digest]
        do {
            found = try file.chunkDigests(location.offset..<location.offset + location.byteCount)
        } catch {
            guard Self.isUnreadable(error) else { throw error }
            return .wrong(chunk: nil)
        }
        if let recorded = location.recordedManifest(of: digest) {
            let wrong = recorded.chunks.indices.first { recorded.chunks[$0] != found[$0] }
            return wrong.map { .wrong(chunk: $0) } ?? .sound(recorded)
        }
        guard let manifest = BlobManifest(byteCount: location.byteCount, chunks: found),
            manifest.digest == digest
        else { return .wrong(chunk: nil) }
        return .sound(manifest)
    }

    /// Whether the bytes are not there to be read, which is a fault of the copy.
    private static func isUnreadable(_ error: BlobError) -> Bool {
        switch error {
        case .outOfRange, .system("read", _, EIO): true
        default: false
        }
    }

    /// Whether one chunk of the copy has the bytes that the manifest says.
    func isSound(
        chunk index: Int, of manifest: BlobManifest, at location: BlobLocation,
        _ file: borrowing BlobFile
    ) throws(BlobError) -> Bool {
        var hasher = ChunkHasher()
        let range = manifest.range(ofChunk: index)
        guard try feed(range, of: location, file, to: { hasher.update($0) }) else { return false }
        return hasher.finish() == manifest.chunks[index]
    }

    /// Reads rather than maps: a sector that cannot be read must not end the process. False when
    /// the bytes are not there to be read.
    private func feed(
        _ range: Range<Int>, of location: BlobLocation, _ file: borrowing BlobFile,
        to take: (RawSpan) -> Void
    ) throws(BlobError) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let count = min(Self.stepBytes, range.upperBound - start)
            do {
                let bytes = try file.read(at: location.offset + start, byteCount: count)
                take(bytes.rawBytes)
            } catch {
                guard Self.isUnreadable(error) else { throw error }
                return false
            }
            start += count
        }
        return true
    }

    /// Keeps in mind that the copy is right, and repairs what lies beside it.
    private func remember(
        _ manifest: BlobManifest, of digest: Digest, at location: BlobLocation
    ) {
        var location = location
        if location.isOwn, !location.isReference {
            if manifest.chunks.count > 1, location.recordedManifest(of: digest) == nil {
                // Without it the blob is only slower to serve.
                try? layout.write(
                    manifest.canonicalBytes, to: layout.manifest(digest), synced: false)
            }
            if !location.status.bearsMark(of: digest) {
                try? BlobFile(reading: location.path).mark(as: digest)
                location = (try? locate(digest, in: 0)) ?? location
            }
        }
        markVerified(digest, manifest, at: location)
    }

    func markVerified(_ digest: Digest, _ manifest: BlobManifest, at location: BlobLocation) {
        let copy = VerifiedCopy(
            stamp: location.stamp,
            onlyChunk: manifest.chunks.count == 1 ? manifest.chunks.first : nil)
        verified.withLock { $0[digest] = copy }
    }

    /// Takes a damaged copy out of use: an own one goes to the quarantine folder.
    func condemn(_ digest: Digest, at location: BlobLocation) throws(BlobError) {
        verified.withLock { known in _ = known.removeValue(forKey: digest) }
        guard location.isOwn else {
            distrusted.withLock { _ = $0.insert(location.stamp) }
            return
        }
        let path = location.isReference ? layout.reference(digest) : layout.data(digest)
        try quarantine(path, of: digest, kind: location.isReference ? ".reference" : "")
    }
}
