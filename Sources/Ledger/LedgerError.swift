public import Domain

/// What can go wrong with the ledger.
public enum LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another coordinator has the same ledger open.
    case inUse(path: String)
    /// The file was written by a newer Spokeshave.
    case newerSchema(path: String)
    /// The file is a database of something else.
    case notALedger(path: String)
    /// SQLite's check of the file found damage.
    case damaged(path: String, detail: String)
    /// A setting that durability depends on did not take.
    case settingRefused(path: String, setting: String, expected: String, actual: String)
    /// The disk is full or failing; nothing of the batch was written.
    case noSpace(path: String, detail: String)
    /// The ledger was opened for reading only.
    case readOnly(path: String)
    /// A backup never replaces a file.
    case backupExists(path: String)
    /// A job of this name is already there.
    case jobExists(JobID)
    /// No such job.
    case unknownJob(JobID)
    /// A task of this name is already there.
    case taskExists(TaskID)
    /// No such task.
    case unknownTask(TaskID)
    /// This attempt number was granted before; a fencing token must never repeat.
    case attemptExists(LeaseToken)
    /// No such attempt, or it was granted to another worker.
    case unknownAttempt(LeaseToken)
    /// The attempt has already ended otherwise than by loss of its worker.
    case attemptEnded(LeaseToken)
    /// A stored row does not read back; the file was changed by something else.
    case unreadableRow(table: String, detail: String)
    /// Any other refusal of the database or the file system.
    case failed(path: String, detail: String)

    /// One sentence: what, where, what to do.
    public var description: String {
        switch self {
        case .inUse(let path):
            "The ledger \(path) is in use by another coordinator; stop that one first."
        case .newerSchema(let path):
            "The ledger \(path) was written by a newer Spokeshave; start that one or a newer one."
        case .notALedger(let path):
            "The file \(path) is a database but not a ledger of Spokeshave; name another folder."
        case .damaged(let path, let detail):
            "The ledger \(path) is damaged (\(detail)); restore it from a backup."
        case .settingRefused(let path, let setting, let expected, let actual):
            "The ledger \(path) has \(setting) = \(actual) where \(expected) is needed; "
                + "move it to a local disk."
        case .noSpace(let path, let detail):
            "The ledger \(path) cannot be written because the disk is full or failing "
                + "(\(detail)); make room or replace the disk, then start again."
        case .readOnly(let path):
            "The ledger \(path) was opened for reading only; changes go through the coordinator."
        default: rowDescription
        }
    }

    private var rowDescription: String {
        switch self {
        case .jobExists(let job): "The job \(job) is already in the ledger; choose another name."
        case .unknownJob(let job): "The ledger knows no job \(job); add the job first."
        case .taskExists(let task):
            "The task \(task) is already in the ledger; names must be unique in a job."
        case .unknownTask(let task): "The ledger knows no task \(task); add the task first."
        case .attemptExists(let lease):
            "Attempt \(lease.attempt) of \(lease.task) was granted before; "
                + "restart the coordinator so that it reads the highest numbers again."
        case .unknownAttempt(let lease):
            "The ledger knows no attempt \(lease); grant it before ending it."
        case .attemptEnded(let lease):
            "The attempt \(lease) has already ended; it cannot end a second time."
        case .backupExists(let path):
            "The file \(path) is already there; name a new file for the backup."
        case .unreadableRow(let table, let detail):
            "A row of the ledger's table \(table) does not read back (\(detail)); "
                + "restore the ledger from a backup."
        case .failed(let path, let detail):
            "The ledger \(path) refused an operation (\(detail)); restart the coordinator."
        default: "The ledger failed."
        }
    }
}
