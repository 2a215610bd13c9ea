public import Domain

/// What the shell shall do, in this order.
public enum WorkerEffect: Sendable, Hashable {
    /// Send the request and tell ``WorkerEvent/reply(channel:sequence:_:)`` or, after so many
    /// milliseconds without an answer, ``WorkerEvent/lost(channel:sequence:)``.
    ///
    /// The core sends the next request of a channel only after one of the two. A repeat is the
    /// same request with the same sequence number.
    case send(WorkerRequest, timeoutMilliseconds: Int64)
    /// List the store and tell ``WorkerEvent/stockTaken(_:)``.
    case takeStock
    /// The coordinator knows the worker; where it serves blobs may have changed.
    case welcomed(CoordinatorProfile)
    /// Bring the inputs within reach and tell ``WorkerEvent/prepared(_:_:)``.
    case prepare(slot: Int, WorkGrant)
    /// Run the task in the slot's child and tell ``WorkerEvent/finished(_:_:)``.
    case run(slot: Int, WorkGrant)
    /// Stop preparing or running a lease at once; its event still comes.
    case kill(LeaseToken)
    /// Send a blob to the coordinator and tell ``WorkerEvent/uploaded(_:_:_:)``. Without a lease
    /// it is saved because the worker drains.
    case upload(Digest, LeaseToken?)
    /// Delete blobs that nobody needs any more, then tell ``WorkerEvent/dropped(_:)`` with all
    /// of them, also those that were not there.
    case delete([Digest])
    /// The connection gives no answers: close it and make a new one.
    case redial
    /// Send ``WorkerEvent/tick`` at this moment unless another event comes later than that;
    /// replaces earlier wishes.
    case wake(at: Moment)
    /// The worker is through: end the children and the process. Nothing follows.
    case stopped(StopReason)
}

/// Why a worker ended.
public enum StopReason: Sendable, Hashable {
    /// It drained: nothing was lost.
    case drained
    /// It was told to stop at once, or a drain took too long; what it ran was handed back.
    case stopped
    /// The coordinator does not want it; the sentence says why.
    case refused(String)
}
