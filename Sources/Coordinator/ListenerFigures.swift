import Synchronization

/// What the keeper of the listener has seen, for all threads.
final class ListenerFigures: Sendable {
    struct Counts: Sendable {
        var failedProbes = 0
        var recycles = 0
    }

    private let counts = Mutex(Counts())

    var read: Counts { counts.withLock { $0 } }

    func set(failedProbes: Int, recycles: Int) {
        counts.withLock { $0 = Counts(failedProbes: failedProbes, recycles: recycles) }
    }
}
