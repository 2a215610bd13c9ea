import Domain

/// What the scheduler knows of a worker.
struct WorkerRecord: Sendable {
    var description: WorkerDescription
    /// The number of its host.
    var host: Int
    var presence = WorkerStatus.Presence.connected
    var awaySince: Moment
    var lastBeat: Moment
    var isDraining = false
    var held: Set<Int> = []
    /// Transient blobs that it shall delete and has not yet.
    var toRelease: Set<Digest> = []
    var leases: Set<Int> = []
    var completed = 0
    var failed = 0

    var id: WorkerID { description.id }

    static let vacant = WorkerRecord(
        description: WorkerDescription(
            id: WorkerID("(none)"),
            incarnation: 0,
            slots: 1,
            memoryBytes: 0,
            host: "",
            address: ""
        ),
        host: -1,
        awaySince: Moment(milliseconds: 0),
        lastBeat: Moment(milliseconds: 0)
    )
}
