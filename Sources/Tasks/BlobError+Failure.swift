import Blobs
import Domain

extension BlobError {
    /// What to do about an attempt that this error ended.
    var failure: TaskFailure {
        switch self {
        case .missing(let digest), .corrupt(let digest, _, _):
            TaskFailure(.lostInput, description, missing: [digest])
        case .noSpace, .system: TaskFailure(.environment, description)
        default: TaskFailure(.deterministic, description)
        }
    }
}
