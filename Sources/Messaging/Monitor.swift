public import Foundation

/// A value that several threads share and wait on.
public final class Monitor<State: Sendable>: @unchecked Sendable {
    // Unchecked because the compiler does not see that `condition` guards `state`.
    private let condition = NSCondition()
    private var state: State

    /// A monitor of `initial`.
    public init(_ initial: State) {
        state = initial
    }

    /// Reads the value.
    public func read<Value>(_ body: (State) -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body(state)
    }

    /// Changes the value and wakes everybody who waits.
    public func change(_ body: (inout State) -> Void) {
        condition.lock()
        body(&state)
        condition.broadcast()
        condition.unlock()
    }

    /// Waits until `isReached` says so; the value then.
    public func wait(until isReached: (State) -> Bool) -> State {
        condition.lock()
        defer { condition.unlock() }
        while !isReached(state) { condition.wait() }
        return state
    }

    /// Waits until `isReached` says so, or until `deadline`; the value then.
    public func wait(until isReached: (State) -> Bool, orUntil deadline: Date) -> State {
        condition.lock()
        defer { condition.unlock() }
        while !isReached(state) {
            guard condition.wait(until: deadline) else { break }
        }
        return state
    }
}
