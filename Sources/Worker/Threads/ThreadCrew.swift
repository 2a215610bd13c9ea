import Foundation

/// A handful of real threads that live as long as a daemon.
///
/// Real ones, because the cooperative pool and Dispatch share a limit, and a computation there
/// would starve the beat.
final class ThreadCrew: @unchecked Sendable {
    // Unchecked because the compiler does not see that `condition` guards the count.
    private let condition = NSCondition()
    private var running = 0

    /// Runs `body` on a thread of its own.
    func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        condition.lock()
        running += 1
        condition.unlock()
        let thread = Thread {
            body()
            self.condition.lock()
            self.running -= 1
            self.condition.broadcast()
            self.condition.unlock()
        }
        thread.name = name
        thread.start()
    }

    /// Waits until every thread has ended.
    func waitForAll() {
        condition.lock()
        while running > 0 { condition.wait() }
        condition.unlock()
    }
}
