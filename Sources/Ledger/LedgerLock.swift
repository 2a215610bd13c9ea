import Foundation
import Glibc

/// The right to be the one coordinator of a ledger: an advisory lock on a file beside it.
///
/// The kernel drops the lock with the process, so that a killed coordinator leaves nothing to
/// clean up. The file itself stays; removing it would let two locks exist at once.
final class LedgerLock: Sendable {
    private let handle: FileHandle

    init(besideDatabase database: String) throws(LedgerError) {
        let path = database + ".lock"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw .failed(path: path, detail: "the lock file cannot be made or opened")
        }
        let descriptor = handle.fileDescriptor
        // A child must not keep the lock alive after its coordinator is gone.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { throw .inUse(path: database) }
            throw .failed(path: path, detail: "flock gave error \(errno)")
        }
        self.handle = handle
    }

    deinit { release() }

    /// Gives the right back.
    func release() { try? handle.close() }
}
