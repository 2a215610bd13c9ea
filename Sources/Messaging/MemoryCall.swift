import Foundation

/// One request of the memory transport from its sending to its first outcome.
///
/// `@unchecked Sendable`: the variables are touched only under the condition's lock.
final class MemoryCall: @unchecked Sendable {
    private let condition = NSCondition()
    private var copies: Int
    private var outcome: Result<[UInt8], MessagingError>?
    private let url: String

    /// A call whose request is delivered `copies` times.
    init(copies: Int, url: String) {
        self.copies = copies
        self.url = url
    }

    /// Ends the call unless it has ended already: the first reply wins.
    func settle(_ outcome: Result<[UInt8], MessagingError>) {
        condition.lock()
        defer { condition.unlock() }
        guard self.outcome == nil else { return }
        self.outcome = outcome
        condition.broadcast()
    }

    /// One copy will never be answered; after the last of them waiting is pointless.
    func loseCopy() {
        condition.lock()
        copies -= 1
        let isLost = copies == 0
        condition.unlock()
        if isLost { settle(.failure(.timedOut(operation: .receiving, url: url))) }
    }

    /// Blocks until the outcome is there or time has run out.
    func wait(for timeout: Duration) throws(MessagingError) -> [UInt8] {
        let limit = Date(timeIntervalSinceNow: timeout / .seconds(1))
        condition.lock()
        defer { condition.unlock() }
        while outcome == nil {
            guard condition.wait(until: limit) else { break }
        }
        guard let outcome else { throw .timedOut(operation: .receiving, url: url) }
        return try outcome.get()
    }
}
