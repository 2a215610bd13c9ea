public import Domain

/// What is known of a task that is done.
public struct DoneTask: Hashable, Sendable {
    /// Its key, under which the result is found.
    public let key: Digest
    /// How it came to its result.
    public let origin: TaskOrigin
}
