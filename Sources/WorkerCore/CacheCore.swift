public import Domain

/// What a damaged blob leads to.
public enum DamageConsequence: Sendable, Hashable {
    /// The cache does not have it.
    case unknown
    /// Delete it: nothing here refers to it.
    case forget
    /// Delete it, and have it again from another holder or by computing it: something needs it.
    case heal
}

/// Decides which blobs a store deletes to stay within its budget; knows no disk and no clock.
///
/// What is referred to never goes. Of the rest the ones used longest ago go first, and among them
/// those that tasks of running jobs hand on (transient ones, often the only copies) last. Blobs
/// that came or were used a moment ago are spared, since whoever asked whether they are there
/// is about to use them, unless the disk itself runs full.
public struct CacheCore: Sendable {
    struct Entry: Sendable {
        let bytes: Int
        let isTransient: Bool
        var lastUse: Moment
        var references = 0
        var isVerified = false
    }

    /// Bytes that all blobs together may take.
    public var budgetBytes: Int
    /// Bytes that must stay free on the disk.
    public var floorBytes: Int
    /// How long a blob is spared after its last use, in milliseconds.
    public var graceMilliseconds: Int64
    /// Bytes of all blobs together.
    public private(set) var totalBytes = 0

    var entries: [Digest: Entry] = [:]

    /// An empty cache.
    public init(budgetBytes: Int, floorBytes: Int = 0, graceMilliseconds: Int64 = 600_000) {
        self.budgetBytes = budgetBytes
        self.floorBytes = floorBytes
        self.graceMilliseconds = graceMilliseconds
    }

    /// How many blobs there are.
    public var count: Int { entries.count }

    /// All blobs, in order.
    public var digests: [Digest] { entries.keys.sorted() }

    /// Whether the blob is there.
    public func contains(_ digest: Digest) -> Bool { entries[digest] != nil }

    /// Notes a blob that came, was made, or was found at the start.
    ///
    /// A known one is only used. Whether it is verified is known only for blobs that came over
    /// the network or were made since the start: say so by ``noteVerified(_:)``.
    public mutating func add(
        _ digest: Digest, bytes: Int, isTransient: Bool = false, at now: Moment
    ) {
        precondition(bytes >= 0)
        guard entries[digest] == nil else { return touch(digest, at: now) }
        entries[digest] = Entry(bytes: bytes, isTransient: isTransient, lastUse: now)
        totalBytes += bytes
    }

    /// Notes that a blob was used.
    public mutating func touch(_ digest: Digest, at now: Moment) {
        guard let entry = entries[digest] else { return }
        entries[digest]?.lastUse = max(entry.lastUse, now)
    }

    /// Counts one more reason to keep a blob.
    public mutating func retain(_ digest: Digest) {
        entries[digest]?.references += 1
    }

    /// Counts one reason less.
    public mutating func release(_ digest: Digest) {
        guard let entry = entries[digest], entry.references > 0 else { return }
        entries[digest]?.references -= 1
    }

    /// Notes that a blob is gone.
    public mutating func remove(_ digest: Digest) {
        guard let entry = entries.removeValue(forKey: digest) else { return }
        totalBytes -= entry.bytes
    }

    /// Notes that the bytes were compared with the digest since the start.
    public mutating func noteVerified(_ digest: Digest) {
        entries[digest]?.isVerified = true
    }

    /// Whether the bytes were compared with the digest since the start: if not, the first use
    /// does so.
    public func isVerified(_ digest: Digest) -> Bool {
        entries[digest]?.isVerified ?? false
    }

    /// Notes that the bytes do not give the digest; the blob counts as gone from now on.
    public mutating func findDamaged(
        _ digest: Digest, pinned: Set<Digest> = []
    ) -> DamageConsequence {
        guard let entry = entries[digest] else { return .unknown }
        remove(digest)
        return entry.references > 0 || pinned.contains(digest) ? .heal : .forget
    }

    /// What to delete now, in this order.
    ///
    /// - Parameters:
    ///   - freeBytes: free room on the disk; nil when it is not known.
    ///   - pinned: blobs that are in use at the moment, beside those referred to.
    ///   - now: the moment that last uses are compared with.
    /// - Returns: blobs to delete; empty as long as budget and floor are kept.
    public func evictions(
        freeBytes: Int? = nil, pinned: Set<Digest> = [], at now: Moment
    ) -> [Digest] {
        let shortage = freeBytes.map { max(0, floorBytes - $0) } ?? 0
        var excess = max(0, totalBytes - budgetBytes)
        var urgent = shortage
        guard excess > 0 || urgent > 0 else { return [] }
        let candidates = entries.filter { $1.references == 0 && !pinned.contains($0) }.sorted {
            ($0.value.isTransient ? 1 : 0, $0.value.lastUse, $0.key)
                < ($1.value.isTransient ? 1 : 0, $1.value.lastUse, $1.key)
        }
        var chosen: [Digest] = []
        for (digest, entry) in candidates {
            guard excess > 0 || urgent > 0 else { break }
            guard urgent > 0 || entry.lastUse + graceMilliseconds <= now else { continue }
            chosen.append(digest)
            excess -= entry.bytes
            urgent -= entry.bytes
        }
        return chosen
    }
}
