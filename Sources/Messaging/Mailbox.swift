public import Foundation

/// A queue between threads: many put in, one takes out, in batches.
///
/// Its bound protects memory: what does not fit is refused, and the sender must say so. Letters
/// that must arrive are taken in all the same.
public final class Mailbox<Mail: Sendable>: @unchecked Sendable {
    // Unchecked because the compiler does not see that `condition` guards the two variables.
    private let condition = NSCondition()
    private var waiting: [Mail] = []
    private var isClosed = false
    private let capacity: Int

    /// An empty mailbox for at most `capacity` letters.
    public init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// Puts a letter in, behind the others; false when the mailbox is full or closed.
    ///
    /// - Parameters:
    ///   - mail: the letter.
    ///   - mustArrive: whether it is taken into a full mailbox, too: only a closed one refuses it.
    ///     For letters of control whose number something else bounds, such as one for each
    ///     connection that ended or each blob that was stored; never for a stranger's requests.
    /// - Returns: whether the letter was taken in.
    @discardableResult
    public func put(_ mail: Mail, mustArrive: Bool = false) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, mustArrive || waiting.count < capacity else { return false }
        waiting.append(mail)
        condition.signal()
        return true
    }

    /// Takes everything that waits, or waits for the first letter at most until `deadline`.
    ///
    /// - Returns: the letters in their order, empty when time ran out; nil once the mailbox is
    ///   closed and empty.
    public func take(waitingUntil deadline: Date) -> [Mail]? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isClosed {
            guard condition.wait(until: deadline) else { break }
        }
        if waiting.isEmpty { return isClosed ? nil : [] }
        let batch = waiting
        waiting = []
        return batch
    }

    /// Takes one letter, or waits for it; nil once the mailbox is closed and empty.
    public func takeOne() -> Mail? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isClosed { condition.wait() }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// Takes nothing more in, and wakes whoever waits.
    public func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}
