import Synchronization

/// What the keeper of the listener has seen, for all threads.
final class ListenerFigures: Sendable {
    struct Counts: Sendable {
        var failedProbes = 0
        var recycles = 0
        var certificateExpiresUnixMs: Int64?
    }

    private let counts = Mutex(Counts())

    var read: Counts { counts.withLock { $0 } }

    func set(failedProbes: Int, recycles: Int, certificateExpiresUnixMs: Int64) {
        counts.withLock {
            $0 = Counts(
                failedProbes: failedProbes, recycles: recycles,
                certificateExpiresUnixMs: certificateExpiresUnixMs)
        }
    }
}
