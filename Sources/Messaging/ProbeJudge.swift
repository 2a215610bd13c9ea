/// Decides from the outcomes of self-probes when a listener has to be recycled.
public struct ProbeJudge: Sendable {
    /// What to do after a probe.
    public enum Verdict: Sendable, Hashable {
        /// Nothing: the listener answers.
        case healthy
        /// Nothing yet: it failed, but not often enough, or it was recycled a moment ago.
        case suspect
        /// Recycle the listener now.
        case recycle
    }

    /// Probes noted so far, those of them that failed, and how often the verdict was to recycle.
    public private(set) var probes = 0, failures = 0, recycles = 0

    private let failuresToRecycle: Int
    private let pause: Duration
    private var failuresInARow = 0
    private var lastRecycle: Duration?

    /// A judge without memories.
    ///
    /// - Parameters:
    ///   - failuresToRecycle: failures in a row that condemn a listener; the default is 2, since a
    ///     busy machine may miss one.
    ///   - pause: the least time between two recycles, in which dialers come back; the default is
    ///     10 s.
    public init(failuresToRecycle: Int = 2, pause: Duration = .seconds(10)) {
        precondition(failuresToRecycle > 0 && pause >= .zero)
        self.failuresToRecycle = failuresToRecycle
        self.pause = pause
    }

    /// Notes the outcome of one probe.
    ///
    /// - Parameters:
    ///   - succeeded: whether an answer came.
    ///   - now: the time on any clock that never runs backwards.
    /// - Returns: what to do now.
    public mutating func note(succeeded: Bool, at now: Duration) -> Verdict {
        probes += 1
        guard !succeeded else {
            failuresInARow = 0
            return .healthy
        }
        failures += 1
        failuresInARow += 1
        guard failuresInARow >= failuresToRecycle else { return .suspect }
        if let lastRecycle, now - lastRecycle < pause { return .suspect }
        failuresInARow = 0
        lastRecycle = now
        recycles += 1
        return .recycle
    }
}
