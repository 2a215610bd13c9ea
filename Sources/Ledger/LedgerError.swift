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
    /// The folder lies on a file system of another machine.
    case networkFileSystem(path: String, type: String)
    /// The disk is full; nothing of the batch was written, and the same batch may be applied
    /// again when there is room.
    case noSpace(path: String, detail: String)
    /// The disk failed to write or to sync. What it holds is unknown until the ledger is opened
    /// anew, so every later batch is refused with the same error.
    case storageFailed(path: String, detail: String)
    /// The ledger was opened for reading only.
    case readOnly(path: String)
    /// A backup never replaces a file.
    case backupExists(path: String)
    /// A ledger is put back only where there is none.
    case ledgerExists(path: String)
    /// A document is longer than ``LedgerDocument/bytesMax``, or its name is not sound.
    case badDocument(name: String, byteCount: Int)
    /// A job of this name is already there.
    case jobExists(JobID)
    /// No such job.
    case unknownJob(JobID)
    /// A task of this name is already there.
    case taskExists(TaskID)
    /// No such task.
    case unknownTask(TaskID)
    /// This attempt number was granted before, or may have been before a copy was put back; a
    /// fencing token must never repeat.
    case attemptExists(LeaseToken)
    /// No such attempt, or it was granted to another worker.
    case unknownAttempt(LeaseToken)
    /// The attempt has already ended otherwise than by loss of its worker.
    case attemptEnded(LeaseToken)
    /// A stored row does not read back; the file was changed by something else.
    case unreadableRow(table: String, detail: String)
    /// Any other refusal of the database or the file system.
    case failed(path: String, detail: String)

    /// Whether the same batch may be applied again later: the disk was full.
    public var isForNow: Bool {
        if case .noSpace = self { true } else { false }
    }

    /// Whether only opening the ledger anew can tell what it holds.
    public var isFinal: Bool {
        switch self {
        case .storageFailed, .damaged: true
        default: false
        }
    }
}
