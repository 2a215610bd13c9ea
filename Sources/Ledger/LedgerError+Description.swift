import Domain

extension LedgerError {
    /// One sentence: what, where, what to do.
    public var description: String {
        switch self {
        case .inUse(let path):
            "The ledger \(path) is in use by another coordinator; stop that one first."
        case .newerSchema(let path):
            "The ledger \(path) was written by a newer Spokeshave; start that one or a newer one."
        case .notALedger(let path):
            "The file \(path) is a database but not a ledger of Spokeshave; name another folder."
        case .settingRefused(let path, let setting, let expected, let actual):
            "The ledger \(path) has \(setting) = \(actual) where \(expected) is needed; "
                + "move it to a local disk."
        case .networkFileSystem(let path, let type):
            "The ledger \(path) would lie on a network file system (\(type)), which cannot keep "
                + "its promises; name a folder on a local disk."
        case .readOnly(let path):
            "The ledger \(path) was opened for reading only; changes go through the coordinator."
        case .backupExists(let path):
            "The file \(path) is already there; name a new file for the backup."
        case .ledgerExists(let path):
            "The file \(path) is already there; move it and its companions away first."
        case .damaged, .noSpace, .storageFailed, .failed: diskDescription
        default: rowDescription
        }
    }

    private var diskDescription: String {
        switch self {
        case .damaged(let path, let detail):
            "The ledger \(path) is damaged (\(detail)); restore it from a backup."
        case .noSpace(let path, let detail):
            "The ledger \(path) cannot be written because its disk is full (\(detail)); "
                + "make room, then it goes on by itself."
        case .storageFailed(let path, let detail):
            "The disk failed under the ledger \(path) (\(detail)); look at the disk, then start "
                + "the coordinator again."
        case .failed(let path, let detail):
            "The ledger \(path) refused an operation (\(detail)); restart the coordinator."
        default: "The ledger failed."
        }
    }

    private var rowDescription: String {
        switch self {
        case .badDocument(let name, let byteCount):
            "The document \(name) of \(byteCount) bytes is not kept; names have 1 to "
                + "\(LedgerDocument.nameBytesMax) bytes, documents at most "
                + "\(LedgerDocument.bytesMax)."
        case .jobExists(let job): "The job \(job) is already in the ledger; choose another name."
        case .unknownJob(let job): "The ledger knows no job \(job); add the job first."
        case .taskExists(let task):
            "The task \(task) is already in the ledger; names must be unique in a job."
        case .unknownTask(let task): "The ledger knows no task \(task); add the task first."
        case .attemptExists(let lease):
            "Attempt \(lease.attempt) of \(lease.task) may have been granted before; "
                + "restart the coordinator so that it reads the highest numbers again."
        case .unknownAttempt(let lease):
            "The ledger knows no attempt \(lease); grant it before ending it."
        case .attemptEnded(let lease):
            "The attempt \(lease) has already ended; it cannot end a second time."
        case .unreadableRow(let table, let detail):
            "A row of the ledger's table \(table) does not read back (\(detail)); "
                + "restore the ledger from a backup."
        default: "The ledger failed."
        }
    }
}
