import Messaging
import Synchronization

/// A real thread that does what it is given, one thing after another.
final class SerialThread: Sendable {
    /// Far more than can be waiting: the core has few things under way in each place.
    private static let waitingMax = 10_000

    private let inbox = Mailbox<@Sendable () -> Void>(capacity: waitingMax)
    private let hasEnded = Atomic<Bool>(false)

    init(_ name: String, in crew: ThreadCrew) {
        let inbox = inbox
        crew.start(name) {
            while let job = inbox.takeOne() { job() }
        }
    }

    /// Does `job` after everything that was given before.
    func perform(_ job: @escaping @Sendable () -> Void) {
        guard !inbox.put(job) else { return }
        precondition(
            hasEnded.load(ordering: .relaxed), "a thread of the worker has fallen behind")
    }

    /// Ends the thread after what it was given so far.
    func end() {
        hasEnded.store(true, ordering: .relaxed)
        inbox.close()
    }
}
