import Foundation
import Glibc

/// The right to be the one coordinator of a ledger: an advisory lock on a file beside it.
///
/// The kernel drops the lock with the process, so that a killed coordinator leaves nothing to
/// clean up. The file itself stays; removing it would let two locks exist at once. It holds the
/// epoch of the last coordinator, because a copy of the ledger that is put back beside it then
/// shows its age.
final class LedgerLock: Sendable {
    /// The epoch of the last coordinator in this place; nil when none left it.
    let lastEpoch: Int?
    private let path: String
    private let handle: FileHandle
    // Twenty digits and a line break: always within one sector, so that it is never half there.
    private static let width = 20

    init(besideDatabase database: String) throws(LedgerError) {
        path = database + ".lock"
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
        let data = (try? handle.read(upToCount: Self.width)) ?? nil
        lastEpoch = data.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        self.handle = handle
    }

    deinit { release() }

    /// Leaves the epoch of this coordinator for the next one to see.
    func record(epoch: Int) throws(LedgerError) {
        let digits = String(epoch)
        let text = String(repeating: "0", count: Self.width - digits.utf8.count) + digits + "\n"
        try LedgerFailure.translated(at: path) {
            try handle.seek(toOffset: 0)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
        }
    }

    /// Gives the right back.
    func release() { try? handle.close() }
}
