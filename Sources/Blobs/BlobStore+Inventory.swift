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

    /// The copies in this store's own folder, ordered by name; references take no room and are
    /// not among them.
    public func copies() throws(BlobError) -> [StoredCopy] {
        try layout.entries().map { StoredCopy(digest: $0.digest, status: $0.status) }
    }

    /// The room on the store's disk.
    public func diskSpace() throws(BlobError) -> DiskSpace {
        if let assumedDisk { return assumedDisk }
        return try SystemCall.diskSpace(at: layout.root)
    }

    /// Deletes the blob from this store, copy and reference; nothing happens if it has none.
    public func remove(_ digest: Digest) throws(BlobError) {
        forget(digest)
        // The bytes go first, so that bytes never lie there without their manifest.
        for path in layout.files(of: digest) { try SystemCall.removeFile(path) }
    }

    /// Deletes copies that somebody has chosen, unless they were used or written anew since.
    ///
    /// Each is first taken out of sight, then asked about once more, and only then deleted; so
    /// whoever is told meanwhile that a blob is here will find it here.
    ///
    /// - Parameters:
    ///   - chosen: from ``copies()``, in the order of deletion.
    ///   - isNeeded: whether the blob must stay after all: pins may have come since the choice.
    /// - Returns: what was deleted, in that order.
    @discardableResult
    public func evict(
        _ chosen: [StoredCopy], unless isNeeded: (Digest) -> Bool
    ) throws(BlobError) -> [Digest] {
        var removed: [Digest] = []
        for copy in chosen where try evict(copy, isNeeded) { removed.append(copy.digest) }
        return removed
    }

    private func evict(
        _ copy: StoredCopy, _ isNeeded: (Digest) -> Bool
    ) throws(BlobError) -> Bool {
        let path = layout.data(copy.digest)
        guard let status = try FileStatus(of: path), copy.describes(status),
            !isNeeded(copy.digest)
        else { return false }
        let aside = layout.leaving(copy.digest)
        try SystemCall.rename(path, to: aside)
        forget(copy.digest)
        if let status = try FileStatus(of: aside), !copy.describes(status) || isNeeded(copy.digest)
        {
            try SystemCall.rename(aside, to: path)
            return false
        }
        try SystemCall.removeFile(aside)
        // Unless the blob has been written anew meanwhile.
        if try FileStatus(of: path) == nil {
            try SystemCall.removeFile(layout.manifest(copy.digest))
        }
        return true
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
        let copies = try copies()
        var total = copies.reduce(0) { $0 + $1.byteCount }
        let latest = FileStatus.nanoseconds(of: now) - sparing * 1_000_000_000
        let candidates = copies.filter {
            $0.usedNanoseconds < latest && !keeping.contains($0.digest)
        }
        .sorted { ($0.usedNanoseconds, $0.digest) < ($1.usedNanoseconds, $1.digest) }
        var chosen: [StoredCopy] = []
        for copy in candidates {
            guard total > budget else { break }
            total -= copy.byteCount
            chosen.append(copy)
        }
        return try evict(chosen) { _ in false }
    }

    /// How long an unfinished receipt is kept for whoever resumes it: a week, in seconds.
    public static let partialSecondsMax = 7 * 86_400

    /// Deletes what dead processes left half written in `tmp` and partial receipts that were not
    /// touched for long, and brings back blobs whose eviction was not decided.
    ///
    /// Only processes of this host's process table may use the root, and none may evict meanwhile.
    /// - Parameter sparing: seconds since which a partial receipt must have been touched to stay;
    ///   ``partialSecondsMax`` by default. Nobody resumes a receipt where this is negative: then
    ///   all of them go.
    public func sweepTemporaryFiles(
        now: Date, sparing: Int = partialSecondsMax
    ) throws(BlobError) {
        let latest = FileStatus.nanoseconds(of: now) - sparing * 1_000_000_000
        for name in try layout.names(in: layout.temporaryFolder) {
            let path = layout.temporaryFolder + "/" + name
            if let digest = BlobLayout.digest(ofLeaving: name) {
                try bringBack(digest, from: path)
            } else if TemporaryName.isAbandoned(name) {
                try SystemCall.removeFile(path)
            } else if name.hasSuffix(".part"), let status = try FileStatus(of: path),
                status.modifiedNanoseconds < latest
            {
                try SystemCall.removeFile(path)
            }
        }
    }

    /// Whoever was evicting the blob died before it had asked for the last time.
    private func bringBack(_ digest: Digest, from path: String) throws(BlobError) {
        if try FileStatus(of: layout.data(digest)) == nil {
            try SystemCall.rename(path, to: layout.data(digest))
        } else {
            try SystemCall.removeFile(path)
        }
    }

    private func forget(_ digest: Digest) {
        verified.withLock { known in _ = known.removeValue(forKey: digest) }
    }
}
