public import Domain

/// One fact to be recorded. Times are milliseconds since 1970, for people; nothing is decided
/// by them.
public enum LedgerChange: Sendable, Hashable {
    /// A job was submitted; it is `running`. Refused when the name is taken.
    case jobAdded(JobID, JobSubmission, submittedAtUnixMs: Int64)
    /// A job came to a phase, with the reason for failed and cancelled ones.
    case jobPhase(JobID, JobPhase, reason: String?, unixMs: Int64)
    /// A job's driver asked for tasks. Refused when a name is taken.
    case tasksAdded(JobID, [TaskSummary])
    /// A task has its result, which is recorded under `key` in the same batch or before.
    case taskDone(TaskID, key: Digest, origin: TaskOrigin, unixMs: Int64)
    /// A task failed for good.
    case taskFailed(TaskID, TaskFailure, unixMs: Int64)
    /// A done or failed task is wanted anew, e.g. because its output was lost everywhere.
    case taskReopened(TaskID)
    /// A worker was given a lease. Refused when the attempt's number is not above all earlier
    /// ones of its task and above the term's ``LedgerTerm/attemptFloor``.
    case attemptGranted(LeaseToken, unixMs: Int64)
    /// An attempt ended. Refused when it had ended before, unless as `lost` or `unaccepted`.
    case attemptEnded(
        LeaseToken, outcome: AttemptOutcome, failure: TaskFailure?,
        measurements: TaskMeasurements?, unixMs: Int64)
    /// A result became known under a key; replaces an earlier one of the same key.
    case resultFound(key: Digest, kind: String, TaskResult)
    /// The blobs that the task with this key read, in the order of its inputs.
    case inputsUsed(key: Digest, [BlobReference])
    /// The result must not be used again (its bytes are lost or wrong); tasks done by it no
    /// longer count as done until a result is found again.
    case resultInvalid(key: Digest)
    /// A worker introduced itself or was heard of.
    case worker(WorkerRecord)
    /// A small document has new bytes, or nil when it is no longer wanted. Refused when it is
    /// longer than ``LedgerDocument/bytesMax``.
    case document(name: String, [UInt8]?)
}
