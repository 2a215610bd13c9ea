public import Domain

/// Why a coordinator cannot go on or cannot do what was asked.
public enum CoordinatorError: Error, Sendable, CustomStringConvertible {
    /// The ledger cannot be written: nothing may be told to the world any more.
    case stopped(reason: String)
    /// Another coordinator works in the data folder.
    case inUse(path: String)
    /// The data folder's disk is full.
    case noSpace(reason: String)
    /// A job of that name does not exist.
    case unknownJob(JobID)
    /// A task of that name does not exist.
    case unknownTask(TaskID)
    /// No such worker has said hello.
    case unknownWorker(WorkerID)
    /// The cluster has no identities, so that there is nothing to join or to revoke.
    case noIdentities
    /// Drill jobs must be allowed when the coordinator is started.
    case drillsNotAllowed
    /// Blobs that a submission names are not in the store.
    case incompleteSubmission(missing: Int)

    /// Whether a name was asked for that does not exist.
    var isAboutAName: Bool {
        switch self {
        case .unknownJob, .unknownTask, .unknownWorker: true
        default: false
        }
    }

    /// A sentence for people.
    public var description: String {
        switch self {
        case .stopped(let reason): "The coordinator stopped: \(reason)"
        case .inUse(let path):
            "Another coordinator works in \(path): stop it, or choose another --data-dir."
        case .noSpace(let reason): reason
        case .unknownJob(let job): "There is no job \(job); “spokeshave status” lists them."
        case .unknownTask(let task):
            "There is no task \(task.name) in \(task.job); “spokeshave tasks \(task.job)” lists "
                + "them."
        case .unknownWorker(let worker):
            "No worker \(worker) has said hello; “spokeshave workers” lists them."
        case .noIdentities:
            "This cluster has no certificates: make them with “spokeshave cluster init”, then "
                + "start the coordinator again."
        case .drillsNotAllowed:
            "Drill jobs crash and hang on purpose; start the coordinator with --allow-drills to "
                + "take them."
        case .incompleteSubmission(let missing):
            "\(missing) blobs of the submission have not been sent; submit it again."
        }
    }
}
