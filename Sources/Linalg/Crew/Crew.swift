internal import Synchronization

/// Threads that work through the tiles of one computation together.
///
/// A crew changes the time that a computation takes and never its bits: whoever cuts the work into
/// tiles does so by the shapes alone, no two tiles write to the same place, and sums over tiles are
/// taken in the order of the tiles. OpenBLAS stays on the thread that calls it.
///
/// The numeric functions of this module use ``shared``, which has one thread until somebody asks
/// for more with ``setThreads(_:)``.
public final class Crew: Sendable {
    /// OpenBLAS has two buffers for each of the 128 threads that Debian builds it for.
    public static let threadsMax = 64

    /// The threads that work on a computation, the caller's among them; 1 or more.
    ///
    /// It is less than what was asked for if the system refused a thread.
    public let threads: Int
    private let helpers: Helpers?
    private let isBusy = Atomic<Bool>(false)

    /// Makes a crew of the caller and `threads - 1` helpers, which sleep while there is no work.
    ///
    /// - Precondition: `threads` is in `1...threadsMax`.
    public init(threads: Int) {
        precondition(threads >= 1 && threads <= Self.threadsMax)
        let helpers = threads > 1 ? Helpers(count: threads - 1) : nil
        self.helpers = helpers
        self.threads = 1 + (helpers?.count ?? 0)
    }

    deinit { helpers?.dismiss() }

    /// Calls `body` once for each tile in `0..<tiles` and returns when all calls have returned.
    ///
    /// Each thread takes the next tile when it is done with its last. Calls from inside a tile, or
    /// from another thread while the crew is at work, run the tiles one by one where they are.
    /// - Parameters:
    ///   - tiles: how many there are.
    ///   - body: must not write to what another tile reads or writes.
    /// - Precondition: `tiles` is not negative.
    public func run(tiles: Int, _ body: @Sendable (Int) -> Void) {
        precondition(tiles >= 0)
        guard tiles > 1, let helpers, takePossession() else {
            for tile in 0..<tiles { body(tile) }
            return
        }
        withoutActuallyEscaping(body) { helpers.perform(Job(tiles: tiles, body: $0)) }
        isBusy.store(false, ordering: .releasing)
    }

    private func takePossession() -> Bool {
        isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }
}

extension Crew {
    private static let current = Mutex(Crew(threads: 1))

    /// The crew of this process; one thread until ``setThreads(_:)`` says otherwise.
    public static var shared: Crew { current.withLock { $0 } }

    /// Gives this process a crew of that many threads.
    ///
    /// Computations that are under way finish with the crew that they began with.
    /// - Precondition: `threads` is in `1...threadsMax`.
    public static func setThreads(_ threads: Int) {
        let crew = Crew(threads: threads)
        // The old crew outlives the lock, because its end waits for its threads.
        let old = current.withLock { current in
            defer { current = crew }
            return current
        }
        withExtendedLifetime(old) {}
    }
}

/// The tiles of one computation, and how many of them are taken.
final class Job: Sendable {
    private let tiles: Int
    private let body: @Sendable (Int) -> Void
    private let taken = Atomic<Int>(0)

    init(tiles: Int, body: @escaping @Sendable (Int) -> Void) {
        self.tiles = tiles
        self.body = body
    }

    /// Works on tiles until all are taken.
    func work() {
        while true {
            let tile = taken.wrappingAdd(1, ordering: .relaxed).oldValue
            guard tile < tiles else { return }
            body(tile)
        }
    }
}
