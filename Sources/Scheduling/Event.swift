public import Domain

/// What happened in the world; the only way to change a ``Scheduler``.
public enum Event: Sendable {
    /// A job was submitted (or is added again after a restart) and is recorded as running.
    case jobAdded(JobID, title: String)
    /// The job's driver asked for tasks.
    ///
    /// Inputs name only tasks of the same job added before, or earlier ones of this list. A name
    /// that is already known is ignored. `roots` may be all roots or the new ones: they are
    /// united. `complete` says that the driver will ask for no more; a job is finished once it
    /// is complete and all its roots are done.
    case tasksAdded(JobID, [TaskDescription], roots: Set<TaskName>, complete: Bool)
    /// The answer to ``Effect/lookUp(_:key:)``: the ledger knows the key's result.
    ///
    /// `held` are those of the result's blobs that the coordinator's own store has.
    case resultFound(TaskID, TaskResult, held: [Digest])
    /// The answer to ``Effect/lookUp(_:key:)``: the ledger knows no result.
    case resultNotFound(TaskID)
    /// A person stopped the job.
    case jobCancelled(JobID, reason: String)
    /// The job cannot go on for a reason outside of the scheduler, e.g. its driver threw.
    case jobFailed(JobID, reason: String)
    /// A worker said hello; again after it lost the connection or was told `unknownWorker`.
    ///
    /// `held` are the blobs in its store, `leases` the attempts that it still runs. A new
    /// incarnation loses its old leases at once and its holdings are replaced; the same
    /// incarnation keeps both and adds what it names.
    case workerJoined(WorkerDescription, held: [Digest], leases: [LeaseToken])
    /// The worker holds these blobs as well, e.g. the rest of a list too long for one message.
    case workerHolds(WorkerID, [Digest])
    /// The worker's connection broke.
    case workerDisconnected(WorkerID)
    /// The worker shall get no more work; every beat's answer tells it so, and which blobs to
    /// bring to safety before it may leave.
    case drainWorker(WorkerID)
    /// A worker's beat: what it runs, and which blobs it deleted since its last beat.
    case beat(WorkerID, incarnation: UInt64, running: [LeaseToken], dropped: [Digest])
    /// A slot of a worker asks for a task; answered by
    /// ``Effect/grant(requestID:token:task:inputs:ahead:)`` or ``Effect/decline(requestID:)``, in
    /// the same event unless it `waits`.
    case slotFree(
        WorkerID, incarnation: UInt64, slot: Int, requestID: UInt64, waits: Bool = true)
    /// An attempt gave a result; its durable outputs are already in the coordinator's store.
    case completed(LeaseToken, TaskResult, TaskMeasurements)
    /// An attempt failed.
    case failed(LeaseToken, TaskFailure)
    /// The coordinator's own store now has these blobs.
    case coordinatorHolds([Digest])
    /// The coordinator's own store lost these blobs (found damaged, deleted).
    case coordinatorLost([Digest])
    /// Whether tasks may be given out: the shell cannot record grants while its disk is full.
    /// Requests wait meanwhile, or are declined in time.
    case granting(Bool)
    /// Time passed: leases, workers and parked requests may expire. Send about one a second.
    case tick
}
