import Domain
import Glibc

/// The file in which a blob arrives: the one that an earlier receipt left, or a new one.
///
/// One receipt at a time has the file that is kept. Two with one file could publish each other's
/// unverified bytes.
final class PartFile: Sendable {
    let file: BlobFile
    private let isKept: Bool

    init(of digest: Digest, in layout: BlobLayout) throws(BlobError) {
        let path = layout.partial(digest)
        let resumed = try BlobFile(resuming: path)
        // The file may have been published under its blob's name since we opened it.
        if resumed.lock(), try FileStatus(of: path)?.inode == resumed.status().inode {
            file = resumed
            isKept = true
        } else {
            file = try BlobFile(creating: layout.temporaryFolder + "/" + TemporaryName.make())
            isKept = false
        }
    }

    /// Whether it takes no room on the disk yet.
    var isEmpty: Bool { (try? file.status().allocatedBytes) ?? 0 == 0 }

    deinit {
        // After a publication there is nothing under this name any more.
        if !isKept { try? SystemCall.removeFile(file.path) }
    }
}
