/// How a worker's core is set up.
public struct WorkerSettings: Sendable, Hashable {
    /// How many tasks it runs at once.
    public var slots: Int
    /// How long a drain waits for running tasks before it hands them back, in milliseconds.
    ///
    /// The default is five minutes.
    public var drainMilliseconds: Int64
    /// How long after that a drain may go on sending what only this worker holds, in
    /// milliseconds.
    ///
    /// The default is five minutes.
    public var saveMilliseconds: Int64
    /// What the pauses between repeats are drawn from.
    public var seed: UInt64

    /// Settings with their defaults.
    public init(
        slots: Int, drainMilliseconds: Int64 = 300_000, saveMilliseconds: Int64 = 300_000,
        seed: UInt64 = 0
    ) {
        precondition(slots > 0, "a worker needs a slot")
        self.slots = slots
        self.drainMilliseconds = drainMilliseconds
        self.saveMilliseconds = saveMilliseconds
        self.seed = seed
    }
}
