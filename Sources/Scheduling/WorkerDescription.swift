public import Domain

/// What a worker says about itself when it joins.
public struct WorkerDescription: Sendable, Hashable {
    /// Its name for ever.
    public let id: WorkerID
    /// Differs from every earlier process of this worker.
    public let incarnation: UInt64
    /// How many tasks it runs at once; cut to 1...``Limits/slotsPerWorkerMax``.
    public let slots: Int
    /// Memory for all its tasks together, in bytes.
    public let memoryBytes: Int
    /// Workers of equal host can read each other's blob folders directly.
    public let host: String
    /// Where other workers fetch its blobs from.
    public let address: String

    /// A description from its parts.
    public init(
        id: WorkerID,
        incarnation: UInt64,
        slots: Int,
        memoryBytes: Int,
        host: String,
        address: String
    ) {
        self.id = id
        self.incarnation = incarnation
        self.slots = min(max(slots, 1), Limits.slotsPerWorkerMax)
        self.memoryBytes = memoryBytes
        self.host = host
        self.address = address
    }

    /// What one task may use, in bytes.
    public var memoryBytesPerSlot: Int { memoryBytes / slots }
}
