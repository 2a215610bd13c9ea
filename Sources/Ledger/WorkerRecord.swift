public import Domain

/// A worker as it last introduced itself.
public struct WorkerRecord: Hashable, Sendable {
    /// Its lasting name.
    public let id: WorkerID
    /// Tells apart its successive starts; every bit pattern is allowed.
    public let incarnation: UInt64
    /// The machine's name.
    public let host: String
    /// How many tasks it runs at once.
    public let slots: Int
    /// Memory that its tasks may use together, in bytes.
    public let memoryBytes: Int
    /// When it was last heard of, in milliseconds since 1970.
    public let lastSeenUnixMs: Int64

    /// A record from its parts.
    public init(
        id: WorkerID, incarnation: UInt64, host: String, slots: Int, memoryBytes: Int,
        lastSeenUnixMs: Int64
    ) {
        self.id = id
        self.incarnation = incarnation
        self.host = host
        self.slots = slots
        self.memoryBytes = memoryBytes
        self.lastSeenUnixMs = lastSeenUnixMs
    }
}
