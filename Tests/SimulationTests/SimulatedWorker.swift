import Domain
import Scheduling

/// A worker's process and its folder.
struct SimulatedWorker {
    /// What a slot does.
    enum Slot {
        case idle
        case asking(requestID: UInt64, since: Int64)
        case running(LeaseToken)
    }

    let id: WorkerID
    let host: String
    var incarnation: UInt64 = 1
    var isAlive = true
    var store: Set<Digest> = []
    var dropped: Set<Digest> = []
    var slots: [Slot]
    /// Reports that have not been answered.
    var reports: [LeaseToken: Event] = [:]

    init(number: Int, host: String, slots: Int) {
        id = WorkerID("worker\(number)")
        self.host = host
        self.slots = Array(repeating: .idle, count: slots)
    }

    var description: WorkerDescription {
        WorkerDescription(
            id: id,
            incarnation: incarnation,
            slots: slots.count,
            memoryBytes: 100 * slots.count,
            host: host,
            address: "inproc://\(id)"
        )
    }

    var running: [LeaseToken] {
        slots.compactMap { slot in
            if case .running(let token) = slot { token } else { nil }
        }.sorted()
    }

    mutating func stop(_ token: LeaseToken) {
        for index in slots.indices {
            if case .running(token) = slots[index] { slots[index] = .idle }
        }
    }

    mutating func delete(_ digest: Digest) {
        store.remove(digest)
        dropped.insert(digest)
    }
}
