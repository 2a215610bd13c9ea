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
    /// Blobs that a submission names are not in the store.
    case incompleteSubmission(missing: Int)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .stopped(let reason): "The coordinator stopped: \(reason)"
        case .inUse(let path):
            "Another coordinator works in \(path): stop it, or choose another --data-dir."
        case .noSpace(let reason): reason
        case .unknownJob(let job): "There is no job \(job); “spokeshave status” lists them."
        case .incompleteSubmission(let missing):
            "\(missing) blobs of the submission have not been sent; submit it again."
        }
    }
}
