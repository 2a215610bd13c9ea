/// Lets a burst through, and then so many a second.
struct TokenBucket: Sendable, Equatable {
    private let burst: Int64
    private let perSecond: Int64
    /// In thousandths of a token.
    private var level: Int64
    private var lastUnixMs: Int64

    /// A full bucket.
    init(burst: Int64, perSecond: Int64, nowUnixMs: Int64) {
        precondition(burst > 0 && perSecond > 0)
        self.burst = burst
        self.perSecond = perSecond
        level = burst * 1_000
        lastUnixMs = nowUnixMs
    }

    /// Takes one; or says after how many milliseconds there will be one.
    mutating func take(nowUnixMs: Int64) -> Int64? {
        refill(nowUnixMs: nowUnixMs)
        guard level >= 1_000 else { return (1_000 - level + perSecond - 1) / perSecond }
        level -= 1_000
        return nil
    }

    mutating func isFull(nowUnixMs: Int64) -> Bool {
        refill(nowUnixMs: nowUnixMs)
        return level == burst * 1_000
    }

    private mutating func refill(nowUnixMs: Int64) {
        // The wall clock may be set, in either direction, by any amount.
        let (gone, overflow) = nowUnixMs.subtractingReportingOverflow(lastUnixMs)
        let elapsed = overflow ? 0 : min(max(0, gone), 3_600_000)
        level = min(burst * 1_000, level + elapsed * perSecond)
        lastUnixMs = nowUnixMs
    }
}

/// A bucket for all, and one for each source, so that one source alone cannot use it up.
struct TokenBuckets<Source: Hashable & Sendable>: Sendable {
    private let sourceBurst: Int64
    private let sourcePerSecond: Int64
    private let sourcesMax: Int
    private var all: TokenBucket
    private var sources: [Source: TokenBucket] = [:]

    init(
        burst: Int64, perSecond: Int64, sourceBurst: Int64, sourcePerSecond: Int64,
        sourcesMax: Int = 4_096
    ) {
        self.sourceBurst = sourceBurst
        self.sourcePerSecond = sourcePerSecond
        self.sourcesMax = sourcesMax
        all = TokenBucket(burst: burst, perSecond: perSecond, nowUnixMs: 0)
    }

    var sourceCount: Int { sources.count }

    /// Takes one for `source`; or says after how many milliseconds to ask again.
    mutating func take(_ source: Source, nowUnixMs: Int64) -> Int64? {
        if sources[source] == nil, sources.count >= sourcesMax {
            forgetFull(nowUnixMs: nowUnixMs)
            // All these sources asked within seconds: whoever is new waits.
            guard sources.count < sourcesMax else { return 1_000 }
        }
        var own =
            sources[source]
            ?? TokenBucket(
                burst: sourceBurst, perSecond: sourcePerSecond, nowUnixMs: nowUnixMs)
        let wait = own.take(nowUnixMs: nowUnixMs)
        sources[source] = own
        return wait ?? all.take(nowUnixMs: nowUnixMs)
    }

    mutating func forget(_ source: Source) { sources[source] = nil }

    private mutating func forgetFull(nowUnixMs: Int64) {
        for source in Array(sources.keys)
        where sources[source]?.isFull(nowUnixMs: nowUnixMs) == true {
            sources[source] = nil
        }
    }
}
