/// Why a worker cannot go on.
public enum WorkerError: Error, Sendable, CustomStringConvertible {
    /// The coordinator will not have this worker.
    case refused(reason: String)
    /// Its folder holds something that is no worker's name.
    case badIdentity(path: String)
    /// A child process could not be started or talked to.
    case child(reason: String)
    /// Signals cannot be watched.
    case signals(number: Int32)
    /// The worker is stopping.
    case stopping

    /// A sentence for people.
    public var description: String {
        switch self {
        case .refused(let reason): "The coordinator refused this worker: \(reason)"
        case .badIdentity(let path):
            "\(path) should hold the worker's name and does not: delete it to get a new one."
        case .child(let reason): "The process that computes failed: \(reason)"
        case .signals(let number):
            "SIGTERM and SIGINT cannot be watched (error \(number)): start the worker anew."
        case .stopping: "The worker is stopping."
        }
    }
}
