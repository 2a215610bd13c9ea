public import Domain
public import Foundation
import Synchronization

extension BlobStore {
    /// All blobs of this store, by reference too, ordered by name; no alternates. Looks at
    /// names and lengths only.
    public func list() throws(BlobError) -> [BlobReference] {
        var lengths: [Digest: Int] = [:]
        for record in try layout.referenceRecords() {
            lengths[record.digest] = record.record.byteCount
        }
        for entry in try layout.entries() { lengths[entry.digest] = entry.status.byteCount }
        return lengths.sorted { $0.key < $1.key }
            .map { BlobReference(digest: $0.key, byteCount: $0.value) }
    }

    /// Bytes of the blobs that lie in this store's own folder; references take no room.
    public func totalBytes() throws(BlobError) -> Int {
        try layout.entries().reduce(0) { $0 + $1.status.byteCount }
    }

    /// Deletes the blob from this store, copy and reference; nothing happens if it has none.
    public func remove(_ digest: Digest) throws(BlobError) {
        verified.withLock { known in _ = known.remove(digest) }
        // The bytes go first, so that bytes never lie there without their manifest.
        for path in layout.files(of: digest) { try SystemCall.removeFile(path) }
    }

    /// Deletes the blobs that were used longest ago until the rest fits the budget.
    ///
    /// Blobs used within `sparing` seconds before `now` stay, because another process may just
    /// have written one that its caller does not know of yet; so the budget may be missed.
    ///
    /// - Parameters:
    ///   - budget: bytes of own blobs to be left.
    ///   - keeping: blobs that must stay.
    ///   - now: the present time.
    ///   - sparing: 60 s by default, which is also how exactly uses are recorded.
    /// - Returns: what was deleted, the least recently used first; ties by name.
    @discardableResult
    public func evict(
        toBudget budget: Int, keeping: Set<Digest>, now: Date, sparing: Int = 60
    ) throws(BlobError) -> [Digest] {
        let entries = try layout.entries()
        var total = entries.reduce(0) { $0 + $1.status.byteCount }
        let latest = FileStatus.nanoseconds(of: now) - sparing * 1_000_000_000
        let candidates = entries.filter {
            $0.status.usedNanoseconds < latest && !keeping.contains($0.digest)
        }
        .sorted {
            ($0.status.usedNanoseconds, $0.digest) < ($1.status.usedNanoseconds, $1.digest)
        }
        var removed: [Digest] = []
        for entry in candidates {
            guard total > budget else { break }
            try remove(copyOf: entry.digest)
            total -= entry.status.byteCount
            removed.append(entry.digest)
        }
        return removed
    }

    /// Deletes what dead processes left half written in `tmp`, and partial receipts that were
    /// not touched for a week. Only processes of this host's process table may use the root.
    public func sweepTemporaryFiles(now: Date) throws(BlobError) {
        let week = FileStatus.nanoseconds(of: now) - 7 * 86_400 * 1_000_000_000
        for name in try layout.names(in: layout.temporaryFolder) {
            let path = layout.temporaryFolder + "/" + name
            if TemporaryName.isAbandoned(name) {
                try SystemCall.removeFile(path)
            } else if name.hasSuffix(".part"), let status = try FileStatus(of: path),
                status.modifiedNanoseconds < week
            {
                try SystemCall.removeFile(path)
            }
        }
    }

    private func remove(copyOf digest: Digest) throws(BlobError) {
        verified.withLock { known in _ = known.remove(digest) }
        try SystemCall.removeFile(layout.data(digest))
        try SystemCall.removeFile(layout.manifest(digest))
    }
}
