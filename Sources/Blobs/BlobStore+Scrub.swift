public import Domain
import Foundation
import Synchronization

/// Where a scrub goes on: after all blobs before `digest`, and after `chunk` chunks of it.
struct ScrubCursor: Hashable, Sendable {
    let digest: Digest
    let chunk: Int

    init(digest: Digest, chunk: Int) {
        self.digest = digest
        self.chunk = chunk
    }

    /// Reads `<hex> <chunk>`.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let digest = Digest(hex: String(parts[0])),
            let chunk = Int(parts[1]), chunk >= 0
        else { return nil }
        self.init(digest: digest, chunk: chunk)
    }

    var text: String { "\(digest.hex) \(chunk)" }
}

/// What one stretch of scrubbing has done.
public struct ScrubReport: Hashable, Sendable {
    /// Bytes that were read from the disk and hashed.
    public var byteCount = 0
    /// Blobs whose last chunk was reached.
    public var blobs = 0
    /// Blobs that were damaged; they lie in the quarantine folder now.
    public var damaged: [Digest] = []
    /// Whether all blobs have been looked at; the next call begins anew.
    public var reachedEnd = false
}

extension BlobStore {
    /// Hashes some of the store's own blobs and references, from the disk itself, and goes on
    /// there at the next call, also after a restart.
    ///
    /// Called every minute with a 1/144,000 of the store's bytes it looks at 1 % a day.
    ///
    /// - Parameter budget: after so many bytes it stops; at least one chunk is read.
    public func scrub(budgetBytes budget: Int) throws(BlobError) -> ScrubReport {
        var report = ScrubReport()
        let start = scrubCursor.withLock { $0 } ?? readScrubMark()
        var cursor: ScrubCursor?
        for digest in try list().map(\.digest) {
            if let start, digest < start.digest { continue }
            let skipped = start?.digest == digest ? start?.chunk ?? 0 : 0
            cursor = try scrub(digest, from: skipped, budget, &report)
            if cursor != nil { break }
        }
        report.reachedEnd = cursor == nil
        scrubCursor.withLock { $0 = cursor }
        try writeScrubMark(cursor)
        return report
    }

    /// Looks at one blob; nil when it is done, or else where to go on.
    private func scrub(
        _ digest: Digest, from first: Int, _ budget: Int, _ report: inout ScrubReport
    ) throws(BlobError) -> ScrubCursor? {
        for place in 0..<2 {
            let location: BlobLocation
            do {
                guard let found = try locate(digest, in: place) else { continue }
                location = found
            } catch { continue }
            let manifest: BlobManifest
            do { manifest = try self.manifest(of: digest, at: location) } catch {
                try note(error, of: digest, in: &report)
                continue
            }
            guard let file = try? BlobFile(reading: location.path) else { continue }
            for index in manifest.chunks.indices.dropFirst(first) {
                if report.byteCount >= max(1, budget) {
                    return ScrubCursor(digest: digest, chunk: index)
                }
                let range = manifest.range(ofChunk: index)
                let start = location.offset + range.lowerBound
                // What memory holds says nothing about the disk.
                file.forgetCached(start..<start + range.count)
                report.byteCount += range.count
                guard try isSound(chunk: index, of: manifest, at: location, file) else {
                    try condemn(digest, at: location)
                    report.damaged.append(digest)
                    break
                }
            }
        }
        report.blobs += 1
        return nil
    }

    private func manifest(
        of digest: Digest, at location: BlobLocation
    ) throws(BlobError) -> BlobManifest {
        if let chunk = known(digest, at: location)?.onlyChunk,
            let manifest = BlobManifest(byteCount: location.byteCount, chunks: [chunk])
        {
            return manifest
        }
        if let recorded = location.recordedManifest(of: digest) { return recorded }
        return try verify(digest, at: location)
    }

    private func note(
        _ error: BlobError, of digest: Digest, in report: inout ScrubReport
    ) throws(BlobError) {
        guard case .corrupt = error else { throw error }
        report.damaged.append(digest)
    }

    private func readScrubMark() -> ScrubCursor? {
        guard let bytes = try? layout.bytes(of: layout.scrubMark, atMost: 128) else { return nil }
        return ScrubCursor(String(decoding: bytes, as: UTF8.self))
    }

    private func writeScrubMark(_ cursor: ScrubCursor?) throws(BlobError) {
        guard let cursor else { return try SystemCall.removeFile(layout.scrubMark) }
        try layout.write(Array(cursor.text.utf8), to: layout.scrubMark, synced: false)
    }
}
