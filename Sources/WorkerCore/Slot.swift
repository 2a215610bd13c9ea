import Domain

/// A place for one task at a time.
struct Slot: Sendable {
    enum Stage: Sendable {
        /// Nothing to do.
        case idle
        /// A lease request is being asked.
        case asking
        /// The inputs are being brought.
        case preparing
        /// The child computes.
        case running
        /// Durable outputs are being sent.
        case publishing
        /// The result or the failure is being told.
        case reporting
        /// The lease was given up; the shell has yet to say that it stopped.
        case ending
    }

    var stage = Stage.idle
    /// When to ask for work, or to send an output, next.
    var due: Moment
    /// Repeats of the upload under way.
    var tries = 0
    var lease: HeldLease?
}

/// A lease that a slot works on.
struct HeldLease: Sendable {
    let grant: WorkGrant
    /// Past this moment nothing may be published until a beat says that the lease is valid.
    var validUntil: Moment
    var startedAt: Moment?
    var isOverTime = false
    var result: TaskResult?
    var measurements: TaskMeasurements?
    /// Durable outputs that the coordinator may not have yet.
    var uploads: [Digest] = []
    var isUploading = false

    var token: LeaseToken { grant.token }

    /// Its inputs, and its outputs once they are there.
    var blobs: [Digest] {
        grant.inputs.map(\.blob.digest) + (result?.outputs.map(\.blob.digest) ?? [])
    }
}
