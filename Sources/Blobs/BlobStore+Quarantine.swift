public import Domain
public import Foundation
import Synchronization

extension BlobStore {
    /// Bytes that the quarantine folder keeps at most; the oldest go first.
    private static let quarantineBytesMax = 1 << 30

    /// Blobs of this store that were found damaged since the last call, by any process that uses
    /// its folder, ordered by name. They lie in the quarantine folder now: whoever promised them
    /// to others must take the promise back.
    public func takeDamaged() throws(BlobError) -> [Digest] {
        let names = try layout.names(in: layout.quarantineFolder)
        let fresh = seenQuarantine.withLock { seen in
            let fresh = names.filter { !seen.contains($0) }
            seen = Set(names)
            return fresh
        }
        return Set(fresh.compactMap { Self.digest(ofQuarantined: $0) }).sorted()
    }

    /// Deletes what has lain in the quarantine folder for a week, and what is too much for it.
    public func sweepQuarantine(now: Date) throws(BlobError) {
        let week = FileStatus.nanoseconds(of: now) - 7 * 86_400 * 1_000_000_000
        var kept: [(path: String, status: FileStatus)] = []
        for name in try layout.names(in: layout.quarantineFolder) {
            let path = layout.quarantineFolder + "/" + name
            if let status = try FileStatus(of: path) { kept.append((path, status)) }
        }
        kept.sort { $0.status.accessedNanoseconds > $1.status.accessedNanoseconds }
        var total = 0
        for (path, status) in kept {
            total += status.byteCount
            guard status.accessedNanoseconds < week || total > Self.quarantineBytesMax else {
                continue
            }
            try SystemCall.removeFile(path)
        }
    }

    /// Moves a damaged file aside, for people to look at; its name stays free.
    func quarantine(_ path: String, of digest: Digest, kind: String) throws(BlobError) {
        try SystemCall.makeFolder(layout.quarantineFolder)
        let unique = UUID().uuidString.lowercased()
        let target = "\(layout.quarantineFolder)/\(digest.hex)\(kind).\(unique)"
        do {
            try SystemCall.rename(path, to: target)
        } catch {
            // Another thread or process may have been first.
            guard try FileStatus(of: path) != nil else { return }
            throw error
        }
        SystemCall.touch(target)
    }

    static func digest(ofQuarantined name: String) -> Digest? {
        Digest(hex: String(name.prefix(64)))
    }
}
