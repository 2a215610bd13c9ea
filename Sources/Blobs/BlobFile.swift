import CSystem
import Domain
import Glibc
import Synchronization

/// An open file; closed when it is dropped.
struct BlobFile: ~Copyable, Sendable {
    let descriptor: Int32
    let path: String
    private let end = Mutex(0)

    init(reading path: String) throws(BlobError) {
        self.path = path
        descriptor = try SystemCall.open(path, flags: O_RDONLY, mode: 0)
    }

    /// A new file, which nobody may change once this descriptor is closed.
    init(creating path: String) throws(BlobError) {
        self.path = path
        descriptor = try SystemCall.open(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o444)
    }

    /// A file that may be there already.
    init(resuming path: String) throws(BlobError) {
        self.path = path
        descriptor = try SystemCall.open(path, flags: O_RDWR | O_CREAT, mode: 0o644)
    }

    deinit { _ = close(descriptor) }

    /// Takes the file for this descriptor alone, until it is closed; false when another has it.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Forgets what the kernel keeps of the range in memory, so that reading asks the disk.
    func forgetCached(_ range: Range<Int>) {
        _ = posix_fadvise(
            descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_DONTNEED)
    }

    /// Gives the file a modification time that tells later whether anybody wrote to it since.
    func mark(as digest: Digest) throws(BlobError) {
        let now = try status().modifiedNanoseconds / 1_000_000_000
        SystemCall.setModified(
            timespec(tv_sec: now, tv_nsec: FileStatus.mark(of: digest)), of: descriptor)
    }

    func status() throws(BlobError) -> FileStatus {
        try SystemCall.status(of: descriptor, path: path)
    }

    /// Appends after what was appended before.
    func append(_ bytes: RawSpan) throws(BlobError) {
        let start = end.withLock { $0 }
        try write(bytes, at: start)
        let count = bytes.byteCount
        end.withLock { $0 = start + count }
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(BlobError) {
        try SystemCall.write(bytes, at: offset, to: descriptor, path: path)
    }

    func read(at offset: Int, byteCount: Int) throws(BlobError) -> [UInt8] {
        try SystemCall.read(byteCount, at: offset, from: descriptor, path: path)
    }

    /// Reads into a part of `buffer`.
    func read(
        at offset: Int, into buffer: inout [UInt8], range: Range<Int>
    ) throws(BlobError) {
        try SystemCall.read(
            into: &buffer, range: range, at: offset, from: descriptor, path: path)
    }

    /// Takes room on the disk, so that a full one is noticed before any work.
    func reserve(_ byteCount: Int) throws(BlobError) {
        let number = spokeshave_reserve_bytes(descriptor, Int64(byteCount))
        // Other refusals mean that the file system cannot reserve: writing will tell.
        if number == ENOSPC || number == EDQUOT {
            throw .noSpace(path: path, neededBytes: byteCount)
        }
    }

    func resize(to byteCount: Int) throws(BlobError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
            throw SystemCall.failure("ftruncate", path, needing: byteCount)
        }
    }

    /// Whether anything was ever written to the range, as far as the file system knows.
    func hasData(in range: Range<Int>) -> Bool {
        // SEEK_DATA is 3 on Linux; Swift does not import it everywhere.
        let next = lseek(descriptor, off_t(range.lowerBound), 3)
        if next >= 0 { return Int(next) < range.upperBound }
        return errno != ENXIO
    }

    func sync() throws(BlobError) {
        // After a failure the data may be gone, and asking again would not say so.
        guard fdatasync(descriptor) == 0 else { throw SystemCall.failure("fdatasync", path) }
    }

    func forbidWriting() throws(BlobError) {
        guard fchmod(descriptor, 0o444) == 0 else { throw SystemCall.failure("fchmod", path) }
    }
}
