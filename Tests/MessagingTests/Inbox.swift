import Dispatch
import Foundation
import Synchronization

/// A mailbox between threads: what a daemon does with the requests that it is handed.
final class Inbox<Element: Sendable>: Sendable {
    struct Empty: Error {}

    private let count = DispatchSemaphore(value: 0)
    private let elements = Mutex<[Element]>([])

    func put(_ element: Element) {
        elements.withLock { $0.append(element) }
        count.signal()
    }

    /// Blocks until an element is there; gives up only when something is broken.
    func take() throws -> Element {
        guard count.wait(timeout: .now() + 30) == .success else { throw Empty() }
        return elements.withLock { $0.removeFirst() }
    }
}

/// Runs each job on a thread of its own, where it may block.
private final class BlockingThreads: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }.start()
    }
}

/// Runs blocking code away from the cooperative pool, yet inside the task of the test, so that
/// failed expectations are reported with the test's name.
func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withTaskExecutorPreference(BlockingThreads()) { try body() }
}

/// Starts blocking code on a thread and leaves its outcome in an inbox.
func start<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) -> Inbox<Result<Value, any Error>> {
    let inbox = Inbox<Result<Value, any Error>>()
    Thread { inbox.put(Result { try body() }) }.start()
    return inbox
}

/// Whether `condition` comes true within a bounded number of looks.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<2_000 {
        if condition() { return true }
        Thread.sleep(forTimeInterval: 0.01)
    }
    return condition()
}

/// An address of a free name or path that no other test uses.
func freshURL(_ transport: String) -> String {
    let name = UUID().uuidString.prefix(13)
    return switch transport {
    case "tcp": "tcp://127.0.0.1:0"
    case "ipc": "ipc:///tmp/spokeshave-\(name).sock"
    default: "inproc://\(name)"
    }
}

/// `count` bytes that depend on `seed`.
func pattern(seed: UInt64, count: Int) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: count)
    for index in stride(from: 0, to: count, by: max(1, count / 512)) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[index] = UInt8(truncatingIfNeeded: state >> 56)
    }
    return bytes
}
