import Domain
import Scheduling

/// A machine of a simulated run.
struct Machine {
    let id: WorkerID
    let speed: Double
    var isAlive = true
    /// Blobs in its store.
    var held: Set<Digest> = []
    /// Blobs that it deleted since its last beat.
    var dropped: [Digest] = []
    /// Blobs that are coming, with the leases that wait for them.
    var coming: [Digest: [Int]] = [:]
    /// Blobs to fetch ahead, the next one first, and whether one is coming.
    var ahead: [BlobReference] = []
    var isFetchingAhead = false
    /// Leases by slot.
    var leases: [Int?]
    /// Slot-seconds so far.
    var time = SlotTime()

    init(index: Int, speed: Double, slots: Int) {
        let digits = String(10_000 + index).dropFirst()
        id = WorkerID("machine-\(digits)")
        self.speed = speed
        leases = Array(repeating: nil, count: slots)
    }
}

/// What slots did, in seconds of one slot.
struct SlotTime: Codable, Sendable {
    /// Fetching inputs.
    var fetching = 0.0
    /// Computing.
    var computing = 0.0
    /// Sending durable outputs to the coordinator.
    var publishing = 0.0

    mutating func add(_ record: LeaseRecord) {
        fetching += record.startedAt - record.grantedAt
        computing += record.finishedAt - record.startedAt
        publishing += record.committedAt - record.finishedAt
    }
}

/// One lease's way through its slot, in seconds from the start of the run.
struct LeaseRecord {
    let task: TaskName
    let stage: String
    let machine: Int
    let slot: Int
    /// When its last input was made.
    let readyAt: Double
    let grantedAt: Double
    var startedAt = 0.0
    var finishedAt = 0.0
    var committedAt = 0.0
}

/// A lease that a machine works on.
struct LeaseRun {
    let token: LeaseToken
    let task: TaskDescription
    var record: LeaseRecord
    /// Inputs that are not known to be at hand, the next one last.
    var wanted: [ResolvedInput]
    /// What the scheduler says that the machine's next task will probably read.
    let ahead: [BlobReference]
    /// Durable outputs that the coordinator does not have, the next one last.
    var uploads: [BlobReference] = []
}
