import Synchronization

/// Why the coordinator takes nothing in at the moment, for all threads.
final class ReadOnlyNotice: Sendable {
    private let text = Mutex<String?>(nil)

    /// The reason, if there is one.
    var reason: String? { text.withLock { $0 } }

    func set(_ reason: String?) { text.withLock { $0 = reason } }
}
